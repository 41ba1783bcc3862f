import Foundation

/// What a name, an e-mail address and a password must look like.
enum AccountPolicy {
    /// Trimmed and lowercased.
    /// - Throws: ``ANBError/Code/invalidRequest`` when it is no address a mail could reach.
    static func email(_ text: String) throws -> String {
        let email = text.trimmingWhitespace().lowercased()
        guard isEmail(email) else { throw invalid("email must be an e-mail address such as name@example.com.") }
        return email
    }

    /// The shape of RFC 5321 mailboxes that mail systems really use; whether it exists only a mail can tell.
    private static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= Limits.emailBytesMax, parts.count == 2 else { return false }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return (1...64).contains(parts[0].utf8.count)
            && labels.count >= 2 && labels.allSatisfy(isLabel)
            && parts[0].unicodeScalars.allSatisfy { !$0.properties.isWhitespace && !"<>()[]\\,;:\"".unicodeScalars.contains($0) }
            && !text.hasControlCharacters
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" }
    }

    /// Trimmed.
    /// - Throws: ``ANBError/Code/invalidRequest`` naming the field.
    static func name(_ text: String, field: String) throws -> String {
        let name = text.trimmingWhitespace()
        guard (1...Limits.nameCharactersMax).contains(name.count), name.utf8.count <= Limits.nameBytesMax,
            !name.hasControlCharacters, name.hasVisibleCharacters
        else {
            throw invalid("\(field) must have 1 to \(Limits.nameCharactersMax) characters and no control characters.")
        }
        return name
    }

    /// - Parameter ownWords: What the person told of themselves, which a stranger would try first.
    /// - Throws: ``ANBError/Code/invalidRequest`` saying which rule is broken.
    static func checkPassword(_ typed: String, email: String, ownWords: [String] = []) throws {
        guard typed.utf8.count <= Limits.passwordBytesMax else {
            throw invalid("The password may have at most \(Limits.passwordBytesMax) bytes.")
        }
        let password = Passwords.normalised(typed)
        guard password.count >= Limits.passwordCharactersMin else {
            throw invalid("The password must have at least \(Limits.passwordCharactersMin) characters.")
        }
        guard password.contains(where: \.isLetter), password.contains(where: { !$0.isLetter }) else {
            throw invalid("The password must have at least one letter and one digit or sign.")
        }
        guard password.lowercased() != email else { throw invalid("The password must not be the e-mail address.") }
        guard !CommonPasswords.contains(password, ownWords: ownWords + [email]) else {
            throw invalid(
                "The password is easy to guess: a common word, a name or a row of keys, with digits around it. Take a few words "
                    + "that do not belong together.")
        }
    }

    /// A public name from a person's name: `juan.perez`; letters and digits of ASCII only.
    static func username(first: String, last: String) -> String {
        let words = [first, last].map { name in
            name.foldedForComparison().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        }
        let username = words.filter { !$0.isEmpty }.joined(separator: ".")
        return username.isEmpty ? "player" : String(username.prefix(60))
    }

    private static func invalid(_ message: String) -> ANBError { ANBError(.invalidRequest, message) }
}
