import Glibc

/// SIGTERM and SIGINT while a service still starts: it has taken no work, so it ends at once with code 0, as it does
/// later. The handlers that `ServiceGroup` installs take these over.
public func endAtOnceWhileStarting() {
    for name in [SIGTERM, SIGINT] { signal(name) { _ in _exit(0) } }
}
