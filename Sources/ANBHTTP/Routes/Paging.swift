import ANBCore
import HTTPTypes
import Hummingbird

/// Says where a list goes on.
enum Paging {
    /// `Link` to the next page and, where known, `X-Total-Count`.
    /// - Parameters:
    ///   - next: The query items that lead on from here; `nil` at the end of the list.
    ///   - query: The request's own items, in which `next` replaces what it names.
    static func headers(_ request: Request, next: [String: String]?, totalCount: Int? = nil) throws -> HTTPFields {
        try headers(path: request.uri.path, FormValues(request.uri.query ?? ""), next: next, totalCount: totalCount)
    }

    static func headers(
        path: String, _ values: FormValues, next: [String: String]?, totalCount: Int? = nil
    ) -> HTTPFields {
        var headers = HTTPFields()
        if let totalCount { headers[.totalCount] = String(totalCount) }
        if let next { headers[.link] = "<\(path)?\(values.merging(next).encoded)>; rel=\"next\"" }
        return headers
    }

    /// What leads on from a page by offset, when it was full and is not known to be the last.
    static func next(after page: Page, count: Int, totalCount: Int? = nil) -> [String: String]? {
        let offset = page.offset + count
        guard count == page.limit, offset < totalCount ?? .max, offset <= FormValues.offsetMax else { return nil }
        return ["limit": String(page.limit), "offset": String(offset)]
    }
}
