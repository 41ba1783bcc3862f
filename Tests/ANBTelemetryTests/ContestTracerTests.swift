import ANBCore
import Testing
import Tracing

@testable import ANBTelemetry

@Suite struct ContestTracerTests {
    private let buffer = SpanBuffer(spansMax: 10)

    @Test func processesThatOnlyShareAJobMakeOneTrace() {
        let (api, worker) = (ContestTracer(buffer), ContestTracer(SpanBuffer()))
        let request = api.startSpan("request", context: TraceOrigin(correlationID: "c").context)
        let accept = api.startSpan("accept", context: TraceOrigin(correlationID: "c", span: "job-1").below(request.context))
        let store = api.startSpan("store", context: accept.context)
        for span in [store, accept, request] { span.end() }
        let job = worker.startSpan("job", context: TraceOrigin(correlationID: "c", parent: "job-1").context)
        let stage = worker.startSpan("stage", context: job.context)
        let (jobID, stageID) = (job.context[SpanIdentity.Key.self], stage.context[SpanIdentity.Key.self])

        let spans = Dictionary(uniqueKeysWithValues: buffer.take(10).map { ($0.name, $0) })
        #expect(Set(spans.values.map(\.identity.trace) + [jobID?.trace, stageID?.trace].compactMap { $0 }).count == 1)
        #expect(spans["request"]?.parent == nil)
        #expect(spans["accept"]?.parent == spans["request"]?.identity.span)
        #expect(spans["store"]?.parent == spans["accept"]?.identity.span)
        #expect(spans["accept"]?.identity.span == SpanIdentity.span(of: "job-1"))
        #expect(Set(spans.values.map(\.identity.span)).count == 3)
        #expect(spans["accept"]?.identity.trace.count == 32 && spans["accept"]?.identity.span.count == 16)
        job.end()
    }

    @Test func theJobIsBelowItsAcceptance() {
        let tracer = ContestTracer(buffer)
        let job = tracer.startSpan("job", context: TraceOrigin(correlationID: "c", parent: "job-1").context)
        let stage = tracer.startSpan("stage", context: job.context)
        stage.end()
        job.end()
        let spans = buffer.take(10)
        #expect(spans[1].parent == SpanIdentity.span(of: "job-1"))
        #expect(spans[0].parent == spans[1].identity.span)
    }

    @Test func whatBelongsToNobodyIsNotRecorded() {
        let span = ContestTracer(buffer).startSpan("a call in the background", context: .topLevel)
        #expect(!span.isRecording)
        span.end()
        #expect(buffer.take(10).isEmpty)
    }

    @Test func aFullBufferDropsAndNeverWaits() {
        let tracer = ContestTracer(buffer)
        for _ in 0..<11 { tracer.startSpan("s", context: TraceOrigin(correlationID: "c").context).end() }
        #expect(buffer.take(100).count == 10)
        tracer.startSpan("s", context: TraceOrigin(correlationID: "c").context).end()
        #expect(buffer.take(100).count == 1)
    }

    @Test(arguments: [(0.0, 0...0), (0.25, 200...300), (1.0, 1000...1000)])
    func everyProcessPicksTheSameShare(share: Double, expected: ClosedRange<Int>) {
        func picked() -> Set<Int> {
            let tracer = ContestTracer(SpanBuffer(), share: share)
            return Set(
                (0..<1000).filter { tracer.startSpan("s", context: TraceOrigin(correlationID: "\($0)").context).isRecording })
        }
        #expect(picked() == picked())
        #expect(expected.contains(picked().count))
    }

    @Test func aFailureIsNamedByItsCodeOnly() {
        let span = ContestTracer(buffer).startSpan("s", context: TraceOrigin(correlationID: "c").context)
        span.recordError(ANBError(.mediaRejected, "about a person"), attributes: [:], at: DefaultTracerClock.now)
        span.end()
        let object = buffer.take(1).first?.object
        #expect((object?["status"] as? [String: Any])?["code"] as? Int == 2)
        #expect("\(object ?? [:])".contains("media_rejected") && !"\(object ?? [:])".contains("person"))
    }
}
