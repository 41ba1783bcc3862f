import ANBCore
import Foundation

extension SQLScope {
    /// In the order of ``Video/init(row:)``; `v` is the table.
    static let videoColumns = """
        v.id, v.owner_id, v.title, v.status, v.original_key, v.original_byte_count, v.original_sha256,
        v.original_seconds, v.job_id, v.correlation_id, v.uploaded_at, v.processed_at, v.publication,
        v.failure_reason, v.failure_code, v.votes, v.votes_reached_at, v.deleted_at
        """

    /// Which rows the public sees: ``Video/isOpenForVoting``. Partial indexes repeat it word by word.
    static let isOpen = "v.status = 'processed' AND v.deleted_at IS NULL"
}

extension Video {
    init(row: inout SQLRow) throws {
        self.init(
            id: try row.id(), ownerID: try row.id(), title: try row.text(), status: try row.value(),
            originalKey: try row.key(), originalByteCount: try row.int64(), originalSHA256: try row.text(),
            originalSeconds: try row.real(), jobID: try row.id(), correlationID: try row.text(),
            uploadedAt: try row.time(), processedAt: try row.optionalTime(),
            publication: try row.optionalText().map(Publication.init(json:)), failureReason: try row.optionalText(),
            failureCode: try row.optionalText().flatMap(FailureCode.init(rawValue:)), votes: try row.int(),
            votesReachedAt: try row.time(), deletedAt: try row.optionalTime())
    }
}

extension Video.Publication {
    fileprivate init(json: String) throws {
        if let publication = PublicationText.read(json) {
            self = publication
            return
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
        } catch {
            throw ANBError(
                .corrupted, "Something went wrong on our side. Please try again later.",
                operatorMessage: "the publication of a video is not readable: \(json.prefix(200))", cause: error)
        }
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
