import ANBCore
import Foundation

/// The people and things of the document.
private enum Sample {
    static let user = UserID(id(1))
    static let video = VideoID(id(2))
    static let task = JobID(id(3))
    static let session = SessionID(id(4))
    static let time = Timestamp(milliseconds: 1_795_000_000_000).description

    private static func id(_ last: UInt8) -> UUID {
        UUID(uuid: (0x01, 0x93, 0x5A, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, last))
    }

    static func link(_ name: String) -> String {
        "https://anb.example.com/media/published/\(video)/1/\(name)?expires=1795003600&signature=5d41"
    }
}

extension KeySetAnswer: Documented {
    static var example: Self {
        Self(
            keys: [
                .init(
                    kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            ])
    }
}

extension SignUpAnswer: Documented {
    static var example: Self { Self(.sample) }
}

extension AccountAnswer: Documented {
    static var example: Self { Self(.sample) }
}

extension User {
    fileprivate static var sample: User {
        User(
            id: Sample.user, email: "ana@example.com", username: "ana.gomez", firstName: "Ana", lastName: "Gómez",
            city: City("Bogotá"), country: "Colombia", passwordHash: "", createdAt: Timestamp(milliseconds: 1_795_000_000_000))
    }
}

extension TokenAnswer: Documented {
    static var example: Self {
        Self(accessToken: "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", expiresIn: 3600, refreshToken: "k3Jx0bYw", refreshExpiresIn: 1_209_600)
    }
}

extension SessionAnswer: Documented {
    static var example: Self {
        let now = Timestamp(milliseconds: 1_795_000_000_000)
        let session = Session(
            id: Sample.session, userID: Sample.user, createdAt: now, lastUsedAt: now, expiresAt: now + .seconds(1_209_600))
        return Self(session, isCurrent: true)
    }
}

extension ExportAnswer: Documented {
    static var example: Self {
        let video = OwnVideo(
            videoID: Sample.video, title: "Triple desde la esquina", status: .failed, uploadedAt: Sample.time,
            processedAt: Sample.time, byteCount: 12_345_678, durationSeconds: 30, sha256: "9f86d081", votes: 0,
            error: "The video cannot be decoded.")
        let vote = OwnVote(
            videoID: Sample.video, event: .quarantined, at: Sample.time, reason: "under review", network: "0f1e2d3c4b5a6978")
        return Self(
            exportedAt: Sample.time, account: .example, sessions: [.example], videos: [video], votes: [vote])
    }
}

extension MessageAnswer: Documented {
    static var example: Self { Self(message: "You are logged out.") }
}

extension HealthAnswer: Documented {
    static var example: Self { Self() }
}

extension VideoListAnswer: Documented {
    static var example: Self {
        Self(
            videoID: Sample.video, title: "Triple desde la esquina", status: .processed, uploadedAt: Sample.time,
            processedAt: Sample.time, processedURL: Sample.link("720p.mp4"))
    }
}

extension VideoDetailAnswer: Documented {
    static var example: Self {
        Self(
            videoID: Sample.video, title: "Triple desde la esquina", status: .processed, uploadedAt: Sample.time,
            processedAt: Sample.time, originalURL: Sample.link("original.mov"), processedURL: Sample.link("720p.mp4"),
            renditions: ["480p": Sample.link("480p.mp4"), "720p": Sample.link("720p.mp4")],
            thumbnailURL: Sample.link("thumbnail.jpg"), votes: 12, durationSeconds: 35, progress: 100,
            error: "The video cannot be decoded.", failureCode: .fileDamaged)
    }

    /// It is finished.
    static var exampleOmits: Set<String> { ["error", "failure_code"] }
}

extension PublicVideoAnswer: Documented {
    static var example: Self {
        Self(
            videoID: Sample.video, title: "Triple desde la esquina", username: "ana.gomez", playerName: "Ana Gómez",
            city: "Bogotá", processedURL: Sample.link("720p.mp4"), thumbnailURL: Sample.link("thumbnail.jpg"), votes: 12)
    }
}

extension ReviewAnswer: Documented {
    static var example: Self {
        Self(
            videoID: Sample.video, title: "Triple desde la esquina", username: "ana.gomez", playerName: "Ana Gómez",
            city: "Bogotá", uploadedAt: Sample.time, processedURL: Sample.link("720p.mp4"),
            thumbnailURL: Sample.link("thumbnail.jpg"))
    }
}

extension DecisionAnswer: Documented {
    static var example: Self { Self(message: "The video was published.", videoID: Sample.video, status: .processed) }
}

extension UploadAnswer: Documented {
    static var example: Self { Self(videoID: Sample.video, taskID: Sample.task) }
}

extension UploadSessionAnswer: Documented {
    static var example: Self {
        Self(
            uploadID: Sample.video, uploadURL: "https://anb.example.com/api/videos/uploads/\(Sample.video)",
            expiresAt: Sample.time,
            parts: [
                Part(
                    number: 1, url: "https://anb-videos.s3.amazonaws.com/uploads/\(Sample.video)/0-0?X-Amz-Signature=5d41",
                    byteCount: 6_291_456, sha256: "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=")
            ])
    }
}

extension DeletionAnswer: Documented {
    static var example: Self { Self(videoID: Sample.video) }
}

extension TaskAnswer: Documented {
    static var example: Self {
        Self(
            taskID: Sample.task, videoID: Sample.video, status: .processing, stage: .transcoding, progress: 41, attempt: 1,
            positionInQueue: 1, etaSeconds: 12, error: "The video cannot be decoded.", failureCode: .fileDamaged)
    }

    /// It is being worked on.
    static var exampleOmits: Set<String> { ["position_in_queue", "error", "failure_code"] }
}

extension VoteAnswer: Documented {
    static var example: Self { Self(message: "Your vote was counted.", videoID: Sample.video, votes: 13) }
}

extension MyVoteAnswer: Documented {
    static var example: Self { Self(videoID: Sample.video) }
}

extension RankingAnswer: Documented {
    static var example: Self { Self(position: 1, username: "ana.gomez", city: "Bogotá", votes: 12) }
}

extension CityAnswer: Documented {
    static var example: Self { Self(city: "Bogotá", videos: 7) }
}

extension PlatformStatus: Documented {
    static var example: Self { example(asOf: Sample.time, lastJobID: Sample.task) }
}
