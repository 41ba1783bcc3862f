/// Notes what became of a video in the transaction in which it became so, when there is somebody to tell.
struct VideoNews: Sendable {
    let isOn: Bool
    let ids: any IDGenerator

    func note(
        _ kind: WebhookEvent.Kind, _ video: VideoID, of owner: UserID, code: FailureCode? = nil,
        in transaction: any TransactionScope, at now: Timestamp
    ) throws {
        guard isOn else { return }
        try transaction.insertWebhookEvent(
            WebhookEvent(
                id: ids.next(), kind: kind, videoID: video, userID: owner, failureCode: code, at: now, dueAt: now))
    }
}
