import Dispatch
import HTTPTypes
import Hummingbird
import Metrics
import Synchronization

/// Rate, errors and duration of requests by route template. What it keeps is bounded by the route table, whatever clients
/// ask for, and counting takes no lock.
final class RequestMeter: Sendable {
    private struct Key: Hashable {
        var method: String
        /// As the router writes templates.
        var path: String
    }

    /// The label of requests that no route answers.
    private static let unmatched = "none"

    private let routes: [Key: RouteMeter]
    private let others: RouteMeter
    private let inFlight: Meter

    init(_ routes: [Route], factory: any MetricsFactory = MetricsSystem.factory) {
        var meters: [Key: RouteMeter] = [:]
        for route in routes {
            let path = RouterPath(stringLiteral: route.path).description
            let methods = route.method == .get ? [route.method, .head] : [route.method]
            for method in methods {
                meters[Key(method: method.rawValue, path: path)] = RouteMeter(method.rawValue, route.path, factory)
            }
        }
        self.routes = meters
        others = RouteMeter("any", Self.unmatched, factory)
        inFlight = Meter(label: "anb_http_requests_in_flight", factory: factory)
    }

    func began() -> DispatchTime {
        inFlight.increment()
        return .now()
    }

    /// - Parameter path: The template of the route that answered; `nil` when there was none.
    func ended(_ method: HTTPRequest.Method, _ path: String?, _ status: HTTPResponse.Status?, since start: DispatchTime) {
        inFlight.decrement()
        guard let status else { return }
        let meter = path.flatMap { routes[Key(method: method.rawValue, path: $0)] } ?? others
        meter.count(status.code, nanoseconds: Int64(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds))
    }
}

/// The figures of one method of one route; each metric is made when it is first needed.
private final class RouteMeter: Sendable {
    private final class Slot: Sendable {
        let counter = AtomicLazyReference<Counter>()
    }

    /// What this server answers; everything else is counted together.
    private static let statuses = [
        200, 201, 202, 204, 206, 302, 303, 304, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 415, 416, 417, 422,
        423, 428, 429, 431, 460, 500, 501, 503, 507,
    ]
    private static let places: [UInt8] = (0..<600).map { code in
        UInt8(statuses.firstIndex(of: code) ?? statuses.count)
    }

    private let labels: [(String, String)]
    private let factory: any MetricsFactory
    private let slots = (0...statuses.count).map { _ in Slot() }
    private let timer = AtomicLazyReference<Timer>()

    init(_ method: String, _ route: String, _ factory: any MetricsFactory) {
        labels = [("method", method), ("route", route)]
        self.factory = factory
    }

    func count(_ status: Int, nanoseconds: Int64) {
        counter(status).increment()
        let timer =
            timer.load()
            ?? timer.storeIfNil(Timer(label: "anb_http_request_seconds", dimensions: labels, factory: factory))
        timer.recordNanoseconds(nanoseconds)
    }

    private func counter(_ status: Int) -> Counter {
        let place = Int(Self.places.indices.contains(status) ? Self.places[status] : UInt8(Self.statuses.count))
        if let counter = slots[place].counter.load() { return counter }
        let text = place < Self.statuses.count ? "\(status)" : "other"
        let made = Counter(label: "anb_http_requests_total", dimensions: labels + [("status", text)], factory: factory)
        return slots[place].counter.storeIfNil(made)
    }
}
