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

    @Test(arguments: ["StrongPass123", "correct horse", "ñandú-2026"])
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
