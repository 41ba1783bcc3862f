import ANBCore
import HTTPTypes
import Hummingbird
import NIOCore

extension KeptAnswer {
    /// A good answer, for repeats of its request.
    init(_ value: some Encodable, status: HTTPResponse.Status) throws {
        self.init(status: status.code, body: String(buffer: try JSONAnswer.bytes(of: value)))
    }

    /// A refusal that would be the same tomorrow; of another one, nothing happened and a repeat may fare better.
    init?(refusal error: ANBError) {
        guard [.conflict, .notFound, .forbidden].contains(error.code) else { return nil }
        let problem = Problem(error)
        self.init(status: problem.status, body: String(buffer: JSONAnswer.bytes(problem)))
    }

    func response(_ headers: HTTPFields) -> Response {
        var headers = headers
        headers[.contentType] = status < 400 ? "application/json" : "application/problem+json"
        return Response(
            status: HTTPResponse.Status(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}
