import CFFmpeg

/// The video codecs a decoder may be opened for.
enum AcceptedCodec {
    private static let identifiers: Set<UInt32> = Set(
        [
            AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8, AV_CODEC_ID_VP9, AV_CODEC_ID_AV1, AV_CODEC_ID_MPEG4,
            AV_CODEC_ID_MJPEG, AV_CODEC_ID_PRORES, AV_CODEC_ID_MPEG2VIDEO,
        ].map(\.rawValue))

    /// libav's own whitelist, by decoder name.
    static let decoderNames = "h264,hevc,vp8,vp9,libdav1d,libaom-av1,mpeg4,mjpeg,prores,mpeg2video"

    static func contains(_ codec: AVCodecID) -> Bool { identifiers.contains(codec.rawValue) }

    static func name(_ codec: AVCodecID) -> String { String(cString: avcodec_get_name(codec)) }

    /// The software decoder; libav's own `av1` decodes on graphics cards only.
    static func decoder(_ codec: AVCodecID) -> UnsafePointer<AVCodec>? {
        guard codec == AV_CODEC_ID_AV1 else { return avcodec_find_decoder(codec) }
        return avcodec_find_decoder_by_name("libdav1d") ?? avcodec_find_decoder_by_name("libaom-av1")
    }
}
