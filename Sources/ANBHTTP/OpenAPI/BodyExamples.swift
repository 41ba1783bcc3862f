import ANBCore

extension SignUpBody: Documented {
    static var example: Self {
        Self(
            firstName: "Ana", lastName: "Gómez", email: "ana@example.com", password: "tiro libre 23",
            repeatedPassword: "tiro libre 23", city: "Bogotá", country: "Colombia")
    }
}

extension LoginBody: Documented {
    static var example: Self { Self(email: "ana@example.com", password: "tiro libre 23") }
}

extension RefreshBody: Documented {
    static var example: Self { Self(refreshToken: "k3Jx0bYw") }
}

extension AccountChangesBody: Documented {
    static var example: Self { Self(firstName: "Ana", lastName: "Gómez", city: "Medellín", country: "Colombia") }
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
