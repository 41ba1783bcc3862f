/// Follows the requests and answers of one connection, and says when an answer came before its request was read to
/// the end: the client then gets a little time and a few bytes, and after that the connection is cut.
struct AnswerOrder: Hashable, Sendable {
    enum Action: Hashable, Sendable {
        case none
        /// Start the clock: the client may finish its body within it.
        case linger
        /// The client finished its body in time.
        case stopLingering
        /// Say that nothing more will come, start the clock, and drop what arrives.
        case endAnswering
        /// Cut the connection now.
        case cut
    }

    private let lingerBytesMax: Int
    /// Requests whose answer is not complete.
    private var unanswered = 0
    private var isReadingBody = false
    private var answerCloses = false
    private var isLingering = false
    private var lingeredBytes = 0
    /// Nothing more goes out, and nothing that comes in matters.
    private(set) var isOver = false

    init(lingerBytesMax: Int) { self.lingerBytesMax = lingerBytesMax }

    /// Whether the request just begun is the only one, so that an interim answer would belong to it.
    var mayInvite: Bool { unanswered == 1 && !isOver }

    /// Nobody waits for an answer.
    var isIdle: Bool { unanswered == 0 && !isReadingBody && !isOver }

    mutating func requestBegan() {
        unanswered += 1
        isReadingBody = true
    }

    mutating func received(byteCount: Int) -> Action {
        guard isLingering || isOver else { return .none }
        lingeredBytes += byteCount
        return lingeredBytes > lingerBytesMax ? .cut : .none
    }

    mutating func requestEnded() -> Action {
        isReadingBody = false
        guard isLingering, !isOver else { return .none }
        isLingering = false
        lingeredBytes = 0
        return .stopLingering
    }

    mutating func answerBegan(closes: Bool) { answerCloses = closes }

    mutating func answerEnded() -> Action {
        unanswered -= 1
        if answerCloses {
            isOver = true
            return .endAnswering
        }
        guard isReadingBody, unanswered == 0 else { return .none }
        isLingering = true
        return .linger
    }
}
