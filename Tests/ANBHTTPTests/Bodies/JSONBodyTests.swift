import ANBCore
import ANBTesting
import NIOCore
import Testing

@testable import ANBHTTP

@Suite struct JSONBodyTests {
    @Test(arguments: [
        (#"{"first_name":"A"}"#, "is missing."), (#"{"email":5,"password":"x"}"#, "email must be a text."),
        (#"{"email":null,"password":"x"}"#, "email must not be null."), ("[]", "The body must be an object."),
        ("", "The body is not valid JSON."), ("{", "The body is not valid JSON."), ("\u{0}", "The body is not valid JSON."),
        (#"{"email":"a@b.co","password":["x"]}"#, "password must be a text."),
    ]) func mistakesAreNamed(body: String, message: String) async throws {
        let error = try await expectError(.invalidRequest) {
            try BodyReader.decode(ByteBuffer(string: body), as: LoginBody.self)
        }
        #expect(error.userMessage.hasSuffix(message), "\(error.userMessage)")
    }

    @Test func theMissingFieldHasItsWireName() async throws {
        let body = #"{"first_name":"A","last_name":"B","email":"e","password1":"p","city":"c","country":"c"}"#
        let error = try await expectError(.invalidRequest) {
            try BodyReader.decode(ByteBuffer(string: body), as: SignUpBody.self)
        }
        #expect(error.userMessage == "password2 is missing.")
    }

    @Test func bytesThatAreNoUTF8AreNoJSON() async throws {
        var body = ByteBuffer(string: #"{"email":""#)
        body.writeBytes([0xFF, 0xFE])
        body.writeString(#"","password":"x"}"#)
        try await expectError(.invalidRequest) { try BodyReader.decode(body, as: LoginBody.self) }
    }

    @Test(arguments: ["[", #"{"a":"#]) func deepNestingIsHarmless(opening: String) async throws {
        let body = ByteBuffer(string: String(repeating: opening, count: (60 << 10) / opening.utf8.count))
        try await expectError(.invalidRequest) { try BodyReader.decode(body, as: LoginBody.self) }
        let within =
            #"{"email":"e","password":"p","x":"# + String(repeating: "[", count: 20_000)
            + String(repeating: "]", count: 20_000) + "}"
        try await expectError(.invalidRequest) { try BodyReader.decode(ByteBuffer(string: within), as: LoginBody.self) }
    }

    @Test func unknownFieldsAreIgnored() throws {
        let body = ByteBuffer(string: #"{"email":"e","password":"p","admin":true,"nested":{"a":[1]}}"#)
        #expect(try BodyReader.decode(body, as: LoginBody.self).email == "e")
    }
}
