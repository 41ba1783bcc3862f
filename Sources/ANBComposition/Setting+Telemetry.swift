extension Setting {
    static let metricsHost = Setting("METRICS_HOST", default: "127.0.0.1", "Address of /metrics, with METRICS_PORT.")
    static let metricsPort = Setting(
        "METRICS_PORT", "Port of /metrics for Prometheus, 1 to 65535, other than PORT; empty serves none.")
    static let metricsLogInterval = Setting(
        "METRICS_EMF_SECONDS",
        "Seconds between lines of metrics on standard output that CloudWatch Logs understands (EMF), 1 to 3600; empty writes none."
    )
    static let tracesEndpoint = Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:4318 of a collector that takes traces (OTLP, JSON); empty makes none.")
    static let tracesPercent = Setting(
        "TRACES_PERCENT", default: "100", "Percent of the correlation ids that become traces, 0 to 100.")

    static let telemetry: [Setting] = [metricsHost, metricsPort, metricsLogInterval, tracesEndpoint, tracesPercent]
}
