import ANBCore

extension SignUpBody: Documented {
    static var example: Self {
        Self(
            firstName: "Ana", lastName: "Gómez", email: "ana@example.com", password: "tiro libre 23",
            repeatedPassword: "tiro libre 23", city: "Bogotá", country: "Colombia")
    }

    static var rules: [String: [String: JSONValue]] {
        [
            "first_name": name, "last_name": name, "city": name, "country": name, "password1": password, "password2": password,
            "email": ["format": "email", "maxLength": .integer(Int64(Limits.emailBytesMax))],
        ]
    }

    fileprivate static let name: [String: JSONValue] = [
        "minLength": 1, "maxLength": .integer(Int64(Limits.nameCharactersMax)),
    ]
    fileprivate static let password: [String: JSONValue] = [
        "minLength": .integer(Int64(Limits.passwordCharactersMin)), "maxLength": .integer(Int64(Limits.passwordBytesMax)),
    ]
}

extension LoginBody: Documented {
    static var example: Self { Self(email: "ana@example.com", password: "tiro libre 23") }
}

extension PasswordBody: Documented {
    static var example: Self { Self(password: "tiro libre 23") }
}

extension PasswordChangeBody: Documented {
    static var example: Self {
        Self(password: "tiro libre 23", new: "arena y mar en julio 7", repeated: "arena y mar en julio 7")
    }
    static var rules: [String: [String: JSONValue]] {
        ["password1": SignUpBody.password, "password2": SignUpBody.password]
    }
}

extension RefreshBody: Documented {
    static var example: Self { Self(refreshToken: "k3Jx0bYw") }
}

extension AccountChangesBody: Documented {
    static var example: Self { Self(firstName: "Ana", lastName: "Gómez", city: "Medellín", country: "Colombia") }

    static var rules: [String: [String: JSONValue]] {
        let rule = SignUpBody.name.merging(["type": ["string", "null"]]) { $1 }
        return ["first_name": rule, "last_name": rule, "city": rule, "country": rule]
    }
}

extension UploadAnnouncementBody: Documented {
    static var example: Self {
        Self(
            title: "Triple desde la esquina", byteCount: 6_291_456, contentType: "video/mp4",
            partChecksums: ["uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="])
    }

    static var rules: [String: [String: JSONValue]] {
        [
            "title": ["minLength": 1, "maxLength": .integer(Int64(Limits.titleCharactersMax))], "byte_count": ["minimum": 1],
            "part_sha256": ["type": ["array", "null"]],
        ]
    }
}

extension DecisionBody: Documented {
    static var example: Self { Self(reason: "The ball cannot be seen.") }

    static var rules: [String: [String: JSONValue]] {
        ["reason": ["type": ["string", "null"], "maxLength": .integer(Int64(Limits.reasonCharactersMax))]]
    }
}

extension Operation.Body {
    /// `username` is the e-mail (RFC 6749 §4.3.2).
    static let loginForm = Self(
        mediaType: "application/x-www-form-urlencoded", name: "LoginForm",
        shape: Shape(
            schema: [
                "type": "object", "required": ["username", "password"],
                "properties": ["username": ["type": "string"], "password": ["type": "string"]],
            ],
            example: ["username": "ana@example.com", "password": "tiro libre 23"]))

    static let uploadForm = Self(
        mediaType: "multipart/form-data", name: "UploadForm",
        shape: Shape(
            schema: [
                "type": "object", "required": ["video_file", "title"],
                "properties": [
                    "video_file": ["type": "string", "format": "binary", "contentMediaType": "video/mp4"],
                    "title": ["type": "string", "minLength": 1, "maxLength": .integer(Int64(Limits.titleCharactersMax))],
                ],
            ],
            example: ["title": "Triple desde la esquina"]))
}
