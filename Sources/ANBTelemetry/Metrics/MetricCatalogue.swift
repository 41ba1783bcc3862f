/// What each metric says, and the bounds of those that are histograms.
enum MetricCatalogue {
    /// Seconds of an answer or of a transaction.
    private static let quick = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
    /// Seconds of work on a video.
    private static let slow = [0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600]
    /// Seconds that nobody should notice.
    private static let tiny = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
    /// Seconds of film for each second of work.
    private static let ratio = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30]

    private static let entries: [String: (help: String, bounds: [Double])] = [
        "anb_http_requests_total": ("Answered requests by route template, method and status.", []),
        "anb_http_request_seconds": ("Seconds from a request's head to its answer's head.", quick),
        "anb_http_requests_in_flight": ("Requests without an answer yet.", []),
        "anb_ledger_jobs": ("Jobs in the database: due, delayed, running, dead.", []),
        "anb_ledger_oldest_due_seconds": ("Age of the job that waits longest; 0 when none waits.", []),
        "anb_queue_messages": ("Messages of the queue: ready, in_flight, delayed, dead.", []),
        "anb_backlog_read_seconds": ("When ledger and queue were last counted, in seconds since 1970.", []),
        "anb_job_runs_total": ("Runs of jobs by kind and how they ended.", []),
        "anb_job_run_seconds": ("Seconds of a run.", slow),
        "anb_job_runs_in_progress": ("Runs of this process at the moment.", []),
        "anb_job_stage_seconds": ("Seconds of each stage of a run, by how it ended.", slow),
        "anb_time_to_publish_seconds": ("Seconds from an accepted upload to the end of its work.", slow),
        "anb_encode_speed_ratio": ("Seconds of finished video for each second of transcoding.", ratio),
        "anb_fences_refused_total": ("Results that did not count, because another claim had come since.", []),
        "anb_webhooks_total": ("Tries to tell what became of a video: delivered, failed, given_up.", []),
        "anb_database_wait_seconds": ("Seconds until a transaction had a connection and began.", tiny),
        "anb_database_seconds": ("Seconds of a transaction, its wait included.", quick),
        "anb_event_loop_lag_seconds": ("How late an event loop ran what was due.", tiny),
        "anb_trace_spans_total": ("Spans by what became of them: exported, dropped, failed.", []),
        MetricsRegistry.refusedLabel: ("Metrics that were not kept, because there are too many.", []),
        "process_cpu_seconds_total": ("Processor seconds of this process.", []),
        "process_resident_memory_bytes": ("Resident memory of this process.", []),
        "process_open_fds": ("Open descriptors of this process.", []),
        "process_start_time_seconds": ("When this process started, in seconds since 1970.", []),
    ]

    static func help(_ name: String) -> String? { entries[name]?.help }

    static func bounds(of name: String) -> [Double] {
        guard let bounds = entries[name]?.bounds, !bounds.isEmpty else { return quick }
        return bounds
    }
}
