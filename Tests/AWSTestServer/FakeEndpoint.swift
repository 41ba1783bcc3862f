import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization

/// A small HTTP server on a real socket that answers as a test says and notes what it was asked.
package final class FakeEndpoint: Sendable {
    package struct Question: Sendable {
        package var method: String
        package var target: String
        package var headers: [String: String]
        package var body: String

        package var path: String { String(target.prefix { $0 != "?" }) }
    }

    package struct Answer: Sendable {
        package var status: Int
        package var headers: [String: String] = [:]
        package var body = ""

        package init(_ status: Int = 200, _ body: String = "", headers: [String: String] = [:]) {
            self.status = status
            self.body = body
            self.headers = headers
        }
    }

    private let noted = Mutex<[Question]>([])
    private let answer: @Sendable (Question, Int) async throws -> Answer

    /// - Parameter answer: Gets the question and how many came before it.
    package init(_ answer: @escaping @Sendable (Question, Int) async throws -> Answer) { self.answer = answer }

    /// Answers one after the other; the last one again and again.
    package convenience init(_ answers: [Answer]) {
        self.init { _, index in answers[min(index, answers.count - 1)] }
    }

    package var questions: [Question] { noted.withLock { $0 } }

    /// Listens while the body runs; it gets `http://127.0.0.1:port`.
    package func listening<Value: Sendable>(_ body: @escaping @Sendable (String) async throws -> Value) async throws -> Value {
        let responder = CallbackResponder<BasicRequestContext> { request, _ in try await self.respond(request) }
        let application = Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil))
        return try await application.test(.live) { client in
            try await body("http://127.0.0.1:\(client.port ?? 0)")
        }
    }

    private func respond(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 32 << 20)
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        let question = Question(
            method: request.method.rawValue, target: request.uri.string, headers: headers, body: String(buffer: body))
        let index = noted.withLock { questions in
            questions.append(question)
            return questions.count - 1
        }
        return response(try await answer(question, index))
    }

    private func response(_ answer: Answer) -> Response {
        var fields = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return Response(
            status: .init(code: answer.status), headers: fields, body: .init(byteBuffer: ByteBuffer(string: answer.body)))
    }
}
