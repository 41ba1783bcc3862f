import ANBCore
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization

/// The processing of a video as it happens: Server-Sent Events. An event's id is made of what it tells, so any replica
/// can go on where another stopped.
struct EventRoutes: Sendable {
    static let mediaType = "text/event-stream"
    /// Between two looks at the database.
    private static let interval = Duration.seconds(1)
    /// A silent stream shows that it lives, well before proxies give it up.
    private static let silenceMax = Duration.seconds(10)

    let library: VideoLibrary
    let limits: EdgeLimits
    let clock: any WallClock
    private let open = OpenStreams()

    /// Streams that look while others look share the next look.
    private let looking: Gathering<(id: VideoID, owner: Identity), VideoLibrary.TaskStatus>
    private static let lookCountMax = 100

    init(library: VideoLibrary, limits: EdgeLimits, clock: any WallClock) {
        self.library = library
        self.limits = limits
        self.clock = clock
        looking = Gathering(countMax: Self.lookCountMax) { await library.processing(of: $0) }
    }

    var all: [Route] {
        [
            Route(
                .get, "/api/videos/:id/events", .signedIn,
                Operation("followVideo", .videos, "The stages of a video's processing as Server-Sent Events")
                    .with(.lastEventID).refusing(.forbidden, .overloaded),
                success: Self.success, follow)
        ]
    }

    private static let success = Route.Success(
        status: .ok, mediaType: Self.mediaType, name: nil,
        shape: Shape(
            schema: ["description": "Events `progress`, at last `processed` or `failed`, each with the data of a Task."],
            example: "id: 1-transcoding-41\nevent: progress\ndata: {\"progress\":41,\"stage\":\"transcoding\"}\n\n"),
        otherStatuses: [.noContent])

    /// 204 tells a client that has seen the end not to come back.
    private func follow(_ call: Call) async throws -> Response {
        let (id, identity) = (try call.identifier("id") as VideoID, try call.identity)
        guard
            let place = open.place(for: identity.userID, all: limits.eventStreamsMax, ofOne: limits.eventStreamsPerUserMax)
        else {
            throw ANBError(
                .overloaded,
                "Too many are watching at the moment, or you in too many places. Ask for the task now and then instead.",
                recovery: .retryLater(after: .seconds(10)))
        }
        let first = ProgressEvent(try await looking((id, identity)))
        let seen = call.request.headers[.lastEventID]
        if first.isFinal, seen == first.id { return Response(status: .noContent) }
        return Response(
            status: .ok, headers: [.contentType: Self.mediaType, .cacheControl: "no-store"],
            body: ResponseBody { writer in
                defer { place.leave() }
                try await write(first, after: seen, to: &writer) { try await looking((id, identity)) }
                try await writer.finish(nil)
            })
    }

    /// Ends with the processing, with the stream's time, or with the server.
    private func write(
        _ first: ProgressEvent, after seen: String?, to writer: inout any ResponseBodyWriter,
        _ look: () async throws -> VideoLibrary.TaskStatus
    ) async throws {
        var (event, last, writtenAt) = (first, seen, clock.now)
        let end = clock.now + .seconds(limits.eventStreamSecondsMax)
        while true {
            if event.id != last {
                try await writer.write(ByteBuffer(string: event.text))
                (last, writtenAt) = (event.id, clock.now)
            } else if clock.now - writtenAt >= Self.silenceMax {
                try await writer.write(ByteBuffer(string: ":\n\n"))
                writtenAt = clock.now
            }
            if event.isFinal || clock.now >= end || Task.isShuttingDownGracefully { return }
            try await clock.sleep(for: Self.interval)
            event = ProgressEvent(try await look())
        }
    }
}

/// What one event tells.
struct ProgressEvent: Sendable {
    let id: String
    let isFinal: Bool
    private let name: String
    private let answer: TaskAnswer

    init(_ status: VideoLibrary.TaskStatus) {
        answer = TaskAnswer(status)
        isFinal = status.isFinal
        name = isFinal ? answer.stage.rawValue : "progress"
        let position = answer.positionInQueue.map { "-\($0)" } ?? ""
        id = "\(answer.attempt)-\(answer.stage.rawValue)-\(answer.progress)\(position)"
    }

    var text: String { "id: \(id)\nevent: \(name)\ndata: \(JSONAnswer.text(answer))\n\n" }
}

/// How many streams this process serves, and to whom.
private final class OpenStreams: Sendable {
    private struct Count {
        var all = 0
        var byUser: [UserID: Int] = [:]
    }

    /// One stream's. Given back when the stream ends, or when it never began: a client may go before its answer.
    final class Place: Sendable {
        private let streams: OpenStreams
        private let user: UserID
        private let isTaken = Mutex(true)

        init(_ streams: OpenStreams, _ user: UserID) {
            self.streams = streams
            self.user = user
        }

        func leave() {
            let wasTaken = isTaken.withLock { isTaken in
                defer { isTaken = false }
                return isTaken
            }
            if wasTaken { streams.leave(user) }
        }

        deinit { leave() }
    }

    private let count = Mutex(Count())

    /// - Returns: `nil` when every place is taken.
    func place(for user: UserID, all: Int, ofOne: Int) -> Place? {
        let isFree = count.withLock { count in
            guard count.all < all, count.byUser[user, default: 0] < ofOne else { return false }
            count.all += 1
            count.byUser[user, default: 0] += 1
            return true
        }
        return isFree ? Place(self, user) : nil
    }

    private func leave(_ user: UserID) {
        count.withLock { count in
            count.all -= 1
            let left = count.byUser[user, default: 1] - 1
            count.byUser[user] = left > 0 ? left : nil
        }
    }
}
