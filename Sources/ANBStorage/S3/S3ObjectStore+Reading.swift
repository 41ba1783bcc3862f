import ANBAWS
public import ANBCore
import NIOCore
import NIOHTTP1

extension S3ObjectStore {
    public func read(_ key: ObjectKey, range: Range<Int64>?) async throws -> ObjectBody {
        guard let range else { return try await get(key, range: nil) }
        if range.isEmpty {
            _ = try clamp(range, toByteCount: try await info(key).byteCount)
            return ObjectBody(byteCount: 0, chunks: NoChunks())
        }
        guard range.lowerBound >= 0 else { throw Self.outside(range) }
        return try await get(key, range: range)
    }

    private func get(_ key: ObjectKey, range: Range<Int64>?) async throws -> ObjectBody {
        let (bucket, name) = try layout.location(of: key)
        let headers = range.map { [(name: "Range", value: "bytes=\($0.lowerBound)-\($0.upperBound - 1)")] } ?? []
        let answer = try await doing("reading \(key)", about: key) {
            do {
                return try await service.client.stream(service.request("GET", bucket: bucket, name: name, headers: headers))
            } catch let error as AWSServiceError where error.status == 416 {
                throw Self.outside(range)
            }
        }
        guard let length = answer.headers.first(name: "Content-Length").flatMap(Int64.init) else {
            throw S3Service.strangeAnswer("the bytes of \(key)")
        }
        try Self.checkPart(answer, range, length, key)
        return ObjectBody(byteCount: length, chunks: answer.chunks)
    }

    /// A store that does not know ranges answers with everything.
    private static func checkPart(_ answer: AWSStreamedResponse, _ range: Range<Int64>?, _ length: Int64, _ key: ObjectKey) throws {
        guard let range, answer.status != 206 else { return }
        guard length > range.lowerBound else { throw outside(range) }
        throw S3Service.strangeAnswer("a part of \(key)")
    }

    private static func outside(_ range: Range<Int64>?) -> ANBError {
        ANBError(
            .invalidRequest, "The requested part lies outside of the file.",
            operatorMessage: "the range \(range.map { "\($0)" } ?? "of everything") lies outside of the object")
    }

    public func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectInfo] {
        try checkListLimit(limit)
        var found: [ObjectInfo] = []
        for bucket in layout.buckets(holdingPrefix: prefix) {
            found += try await list(bucket, prefix: prefix, after: after, limit: limit)
        }
        return Array(found.sorted { $0.key < $1.key }.prefix(limit))
    }

    /// Pages on until there are enough: names that are not ours are left out.
    private func list(_ bucket: String, prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectInfo] {
        var found: [ObjectInfo] = []
        var next = S3ListPage.Start.after(after.map { layout.name(prefix: $0.description) })
        while found.count < limit {
            let page = try await page(bucket, prefix: prefix, from: next, limit: limit - found.count)
            found += try page.objects.compactMap { object in
                try layout.key(name: object.name, in: bucket).map { key in
                    guard let modifiedAt = S3Times.listing(object.modified) else { throw S3Service.strangeAnswer("a listing") }
                    return ObjectInfo(key: key, byteCount: object.byteCount, modifiedAt: modifiedAt)
                }
            }
            guard let token = page.nextToken else { break }
            next = .token(token)
        }
        return found
    }

    private func page(
        _ bucket: String, prefix: String, from start: S3ListPage.Start, limit: Int
    ) async throws -> S3ListPage {
        let query = [
            ("list-type", "2"), ("encoding-type", "url"), ("max-keys", "\(limit)"), ("prefix", layout.name(prefix: prefix)),
        ]
        let request = service.request("GET", bucket: bucket, query: query + start.query)
        let answer = try await doing("listing the bucket \(bucket)") { try await service.send(request) }
        guard let page = try? S3ListPage(MarkupElement.parse(answer.body)) else { throw S3Service.strangeAnswer("a listing") }
        return page
    }
}

private struct NoChunks: AsyncSequence, AsyncIteratorProtocol, Sendable {
    typealias Failure = any Error
    func makeAsyncIterator() -> NoChunks { self }
    mutating func next() async throws -> ByteBuffer? { nil }
}
