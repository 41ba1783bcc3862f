import Testing

@testable import ANBCore

struct AccountPolicyTests {
    @Test func emailsAreTrimmedAndLowercased() throws {
        #expect(try AccountPolicy.email("  Ana.Torres@Example.COM ") == "ana.torres@example.com")
        #expect(try AccountPolicy.email("josé+1@ñandú.com.co") == "josé+1@ñandú.com.co")
    }

    @Test(arguments: [
        "", "ana", "ana@", "@example.com", "ana@example", "a@b@c.com", "ana torres@example.com", "ana@exa mple.com", "ana@-a.com",
        "ana@a..com", "ana\u{7}@example.com", "<ana>@example.com", "\(String(repeating: "a", count: 65))@example.com",
        "ana@\(String(repeating: "a.", count: 130))com",
    ])
    func otherTextIsNoEmail(_ text: String) {
        #expect(throws: ANBError.self) { try AccountPolicy.email(text) }
    }

    @Test(arguments: ["short1", "onlyletters", "12345678", "ana@example.com", String(repeating: "a1", count: 65)])
    func weakPasswordsAreRefused(_ password: String) {
        #expect(throws: ANBError.self) { try AccountPolicy.checkPassword(password, email: "ana@example.com") }
    }

    @Test(arguments: [
        "password1", "Password123!", "P@ssw0rd2024", "pa$$word1", "Contraseña2026", "c0ntrasena!", "qwerty12", "Qwertyuiop1",
        "1qaz2wsx", "q1w2e3r4", "asdf1234", "abc12345", "12345678a", "a12345678", "aaaaaaa1", "abcd1234!", "zxcvbnm1",
        "987654321a",
        "Bogota2026", "medellín2025", "Millonarios1", "nacional1947", "AmericaDeCali1", "basketball1", "B4l0nc3st0", "Kobe2424",
        "lebron23!", "LakersLakers1", "iloveyou1", "teamo1234", "ilovebasketball7", "2026colombia", "Santiago.2001", "welcome1",
        "letmein!1", "Dragon_2020", "ｐａｓｓｗｏｒｄ１", "campeón#1", "Princesa-15",
    ])
    func passwordsThatEverybodyTriesFirstAreRefused(_ password: String) throws {
        let error = #expect(throws: ANBError.self) { try AccountPolicy.checkPassword(password, email: "ana@example.com") }
        #expect(error?.userMessage.contains("easy to guess") == true, "\(error?.userMessage ?? "")")
    }

    @Test(arguments: ["Ana1234!", "ana.gomez.1990", "GomezAna2026", "4n4g0m3z!", "anagomez-anagomez"])
    func soAreOnesOwnNames(_ password: String) throws {
        #expect(throws: ANBError.self) {
            try AccountPolicy.checkPassword(password, email: "a.g@example.com", ownWords: ["Ana María", "Gómez"])
        }
        try AccountPolicy.checkPassword(password + " del viento", email: "a.g@example.com", ownWords: ["Ana María", "Gómez"])
    }

    @Test func theListIsUsable() {
        #expect(CommonPasswords.words.count > 500)
        #expect(CommonPasswords.words.allSatisfy { $0.count >= 3 && $0.allSatisfy { ("a"..."z").contains($0) } })
    }

    @Test(arguments: [
        "StrongPass123", "correct horse", "ñandú-2026", "tiro libre 23", "Hoops-and-hoops-1", "k7#pQz!m2", "la arepa azul 4",
    ])
    func goodPasswordsPass(_ password: String) throws {
        try AccountPolicy.checkPassword(password, email: "ana@example.com")
    }

    @Test func usernamesAreASCIIAndNeverEmpty() {
        #expect(AccountPolicy.username(first: "José María", last: "Núñez") == "josemaria.nunez")
        #expect(AccountPolicy.username(first: "李", last: "雷") == "player")
    }

    @Test func namesHaveAnEdge() throws {
        #expect(try AccountPolicy.name(String(repeating: "n", count: 100), field: "city").count == 100)
        #expect(throws: ANBError.self) { try AccountPolicy.name(String(repeating: "n", count: 101), field: "city") }
        #expect(throws: ANBError.self) { try AccountPolicy.name("   ", field: "city") }
        #expect(throws: ANBError.self) { try AccountPolicy.name("a\nb", field: "city") }
    }

    @Test func textMayBeWrittenAsPeopleWrite() throws {
        #expect(try AccountPolicy.name("👨‍👩‍👧", field: "city") == "👨‍👩‍👧")
        for text in ["a\u{202E}b", "\u{3164}", "\u{200D}", "e" + String(repeating: "\u{301}", count: 400)] {
            #expect(throws: ANBError.self) { try AccountPolicy.name(text, field: "city") }
        }
    }

    @Test func citiesCompareWithoutCaseAndAccents() {
        #expect(City(" Bogotá ").key == City("BOGOTA").key)
        #expect(City("San  José").key == "san jose")
        #expect(City(" Bogotá ").name == "Bogotá")
    }
}
