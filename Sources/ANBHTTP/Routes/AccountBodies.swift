import ANBCore

/// The body of a sign-up.
struct SignUpBody: Codable {
    var firstName: String
    var lastName: String
    var email: String
    var password: String
    var repeatedPassword: String
    var city: String
    var country: String

    enum CodingKeys: String, CodingKey {
        case email, city, country
        case firstName = "first_name"
        case lastName = "last_name"
        case password = "password1"
        case repeatedPassword = "password2"
    }

    /// Everything that was sent.
    var fields: [String] { [firstName, lastName, email, password, repeatedPassword, city, country] }

    var form: Accounts.SignUp {
        Accounts.SignUp(
            firstName: firstName, lastName: lastName, email: email, password: password,
            repeatedPassword: repeatedPassword, city: city, country: country)
    }
}

/// The body of a login.
struct LoginBody: Codable {
    var email: String
    var password: String
}

/// The body of a refresh.
struct RefreshBody: Codable {
    var refreshToken: String

    enum CodingKeys: String, CodingKey { case refreshToken = "refresh_token" }
}

/// The body of what needs the password once more.
struct PasswordBody: Codable {
    var password: String
}

/// The body of a change of the password.
struct PasswordChangeBody: Codable {
    var password: String
    var new: String
    var repeated: String

    enum CodingKeys: String, CodingKey {
        case password
        case new = "password1"
        case repeated = "password2"
    }
}

/// The body of a change to an account.
struct AccountChangesBody: Codable {
    var firstName: String?
    var lastName: String?
    var city: String?
    var country: String?

    enum CodingKeys: String, CodingKey {
        case city, country
        case firstName = "first_name"
        case lastName = "last_name"
    }

    var changes: Accounts.Changes {
        Accounts.Changes(firstName: firstName, lastName: lastName, city: city, country: country)
    }
}
