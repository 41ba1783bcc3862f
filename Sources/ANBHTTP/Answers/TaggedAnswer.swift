import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// 200 with the body; 304 without it when the client holds what the headers' `ETag` names (RFC 9110 §13.1.2).
    static func tagged(_ headers: HTTPFields, _ body: ByteBuffer, to request: Request) -> Response {
        if let tag = headers[.eTag], let held = request.headers[.ifNoneMatch], held.contains(tag) || held == "*" {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
