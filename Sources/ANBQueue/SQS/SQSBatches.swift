/// Cuts what is to be sent into calls that SQS takes.
enum SQSBatches {
    /// The entries get their ids here: their place in the call.
    static func cut(_ entries: [SQSSend.Entry]) -> [[SQSSend.Entry]] {
        var batches: [[SQSSend.Entry]] = []
        var batch: [SQSSend.Entry] = []
        var byteCount = 0
        for var entry in entries {
            let bytes = entry.MessageBody.utf8.count
            if batch.count == SQSJobQueue.batchCountMax || (!batch.isEmpty && byteCount + bytes > SQSJobQueue.batchBytesMax) {
                batches.append(batch)
                (batch, byteCount) = ([], 0)
            }
            entry.Id = "\(batch.count)"
            batch.append(entry)
            byteCount += bytes
        }
        return batch.isEmpty ? batches : batches + [batch]
    }
}
