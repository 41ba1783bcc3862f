extension Setting {
    static let trustedProxies = Setting(
        "TRUSTED_PROXIES",
        "Load balancers whose X-Forwarded-For and X-Forwarded-Proto are believed, as 10.0.0.0/8,192.0.2.7; default nobody: the peer "
            + "is the client.")
    static let rateBackend = Setting(
        "RATE_LIMIT_BACKEND", default: "memory", "Where rates are counted: memory, for each process alone, or redis, together.")
    static let rateLogin = rate("LOGIN", "60/300", "Logins to one account from one network")
    static let rateLoginAccount = rate("LOGIN_ACCOUNT", "300/3600", "Logins to one account from everywhere")
    static let rateLoginNetwork = rate("LOGIN_NETWORK", "600/300", "Logins from one network")
    static let rateLoginFailures = rate(
        "LOGIN_FAILURES", "5/3600", "Failed logins to one account from one network before each further one has to wait")
    static let rateLoginFailuresNetwork = rate(
        "LOGIN_FAILURES_NETWORK", "1000/3600", "Failed logins from one network before each further one has to wait")
    static let rateSignUpNetwork = rate("SIGNUP_NETWORK", "1000/3600", "New accounts from one network")
    static let rateVote = rate("VOTE", "600/60", "Votes of one account, taken back ones included")
    static let rateVoteNetwork = rate("VOTE_NETWORK", "6000/60", "Votes from one network")
    static let rateUpload = rate("UPLOAD", "600/3600", "Uploads of one account")
    static let rateUploadNetwork = rate("UPLOAD_NETWORK", "6000/3600", "Uploads from one network")

    private static func rate(_ name: String, _ value: String, _ what: String) -> Setting {
        Setting("RATE_LIMIT_\(name)", default: value, "\(what): COUNT/SECONDS, or off.")
    }

    static let rates: [Setting] = [
        rateBackend, rateLogin, rateLoginAccount, rateLoginNetwork, rateLoginFailures, rateLoginFailuresNetwork,
        rateSignUpNetwork, rateVote, rateVoteNetwork, rateUpload, rateUploadNetwork,
    ]
}
