import ANBTesting
import NIOCore

/// A multipart body, well-formed or not.
struct Form: Sendable {
    static let boundary = "----anb-boundary"

    enum Field: Sendable {
        case text(String, String)
        case file(String, name: String, String)
    }

    var body: ByteBuffer
    var contentType = "multipart/form-data; boundary=\(boundary)"

    init(_ fields: [Field]) {
        var text = ""
        for field in fields {
            text += "--\(Self.boundary)\r\n"
            switch field {
            case .text(let name, let value):
                text += "Content-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
            case .file(let name, let filename, let content):
                let filename = filename.replacing("\"", with: "%22")
                text += "Content-Disposition: form-data; name=\"\(name)\"; filename=\"\(filename)\"\r\n"
                text += "Content-Type: video/mp4\r\n\r\n\(content)\r\n"
            }
        }
        body = ByteBuffer(string: text + "--\(Self.boundary)--\r\n")
    }

    init(raw body: String, contentType: String) {
        self.body = ByteBuffer(string: body)
        self.contentType = contentType
    }

    /// What ``FakeMediaEngine`` takes for a clip.
    static let clip = FakeMediaEngine.magic + " of a goal"

    static func video(title: String = "Gol", content: String = clip) -> Form {
        Form([.text("title", title), .file("video_file", name: "gol.mp4", content)])
    }
}
