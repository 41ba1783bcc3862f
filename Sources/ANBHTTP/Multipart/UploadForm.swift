import ANBCore
import NIOCore

/// Reads an upload's form: one `video_file`, one `title`, in any order, and other fields that nobody asked for. The
/// file goes straight on to its sink.
struct UploadForm: Sendable {
    /// Bytes of a title; far above what its characters may need.
    private static let titleBytesMax = 4 << 10

    private enum Field: Hashable, Sendable { case none, file, title, unknown }

    private var parser: MultipartParser
    private let sink: UploadSink
    private var field = Field.none
    private var hasPart = false
    private var hasFile = false
    /// Whether a file came in a field that nobody asked for, as clients of other servers send theirs.
    private var hasMisplacedFile = false
    private var titleBytes: ByteBuffer?
    private var byteCount: Int64 = 0
    private var fileByteCount: Int64 = 0

    /// - Parameter contentType: The request's.
    /// - Throws: ``ANBError/Code/invalidRequest`` when it is not that of a form.
    init(contentType: String?, sink: UploadSink) throws {
        guard let type = contentType.flatMap(HeaderValue.init), type.value == "multipart/form-data",
            let boundary = type["boundary"]
        else {
            throw ANBError(.invalidRequest, "Send the video as multipart/form-data with the fields video_file and title.")
        }
        parser = try MultipartParser(boundary: boundary)
        self.sink = sink
    }

    /// Takes the next bytes of the body.
    /// - Throws: `invalidRequest` for a form that is broken or has a field twice, `tooLarge` above a limit.
    mutating func append(_ bytes: ByteBuffer) async throws {
        byteCount += Int64(bytes.readableBytes)
        parser.feed(bytes)
        while let event = try parser.next() {
            switch event {
            case .part(let header): try begin(header)
            case .bytes(let bytes): try await take(bytes)
            case .partEnd, .end: field = .none
            }
        }
        try checkOverhead()
    }

    /// The title, after the last bytes.
    /// - Throws: ``ANBError/Code/invalidRequest`` when the form is not complete.
    func finish() throws -> String {
        guard parser.isEnded else { throw ANBError(.invalidRequest, "The body of the request ended early.") }
        guard hasFile else {
            throw hasMisplacedFile ? Self.misplacedFile : ANBError(.invalidRequest, "video_file is missing.")
        }
        guard let titleBytes else { throw ANBError(.invalidRequest, "title is missing.") }
        guard let title = String(validating: titleBytes.readableBytesView, as: UTF8.self) else {
            throw ANBError(.invalidRequest, "title must be UTF-8 text.")
        }
        return title
    }

    private mutating func begin(_ header: MultipartPartHeader) throws {
        hasPart = true
        switch header.name {
        case "video_file":
            guard !hasFile else { throw ANBError(.invalidRequest, "There must be only one video_file.") }
            hasFile = true
            field = .file
        case "title":
            guard titleBytes == nil else { throw ANBError(.invalidRequest, "There must be only one title.") }
            titleBytes = ByteBuffer()
            field = .title
        default:
            hasMisplacedFile = hasMisplacedFile || header.filename != nil
            field = .unknown
        }
    }

    private static let misplacedFile = ANBError(.invalidRequest, "The video must be in the field video_file, not in another one.")

    private mutating func take(_ bytes: ByteBuffer) async throws {
        switch field {
        case .file:
            fileByteCount += Int64(bytes.readableBytes)
            try await sink.append(bytes)
        case .title:
            titleBytes?.writeImmutableBuffer(bytes)
            guard titleBytes?.readableBytes ?? 0 <= Self.titleBytesMax else {
                throw ANBError(.invalidRequest, "title must have 1 to \(Limits.titleCharactersMax) characters.")
            }
        case .unknown, .none: break
        }
    }

    /// Everything around the file, unknown fields included, has one bound; the file has its own.
    private func checkOverhead() throws {
        let limit = VideoUploads.formOverheadBytesMax
        guard byteCount - fileByteCount <= limit + Int64(MultipartParser.headerBytesMax) else {
            // Of the two reasons, the one that helps.
            if hasMisplacedFile, !hasFile { throw Self.misplacedFile }
            guard hasPart else {
                throw ANBError(.invalidRequest, "The boundary that Content-Type names is not in the body.")
            }
            throw ANBError(.tooLarge, "The fields around the video are too large; at most \(limit >> 10) KiB are allowed.")
        }
    }
}
