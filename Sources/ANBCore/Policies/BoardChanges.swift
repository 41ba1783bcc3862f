package import Logging

/// Notes that ranking or lists have changed: after the commit, and before anybody is told of it.
public struct BoardChanges: Sendable {
    let revision: any BoardRevision
    package let logger: Logger

    /// Never fails: the change is committed. What other processes keep is then as old as its life allows, at most.
    public func note() async {
        do {
            try await unstoppable { [revision] in try await revision.advance() }
        } catch {
            logger.warning("other processes were not told that the boards changed", metadata: ["error": "\(error)"])
        }
    }
}
