import CFFmpeg

/// How the numbers of a decoded picture stand for colours, with the gaps filled the way players fill them.
struct ColorDescription: Hashable {
    enum Transfer: Hashable { case standard, perceptualQuantizer, hybridLogGamma }
    /// Which red, green and blue the numbers mix. Those of BT.601 are so near to BT.709's that players do not tell them apart.
    enum Primaries: Hashable {
        case standard, displayP3, bt2020

        /// The `zscale` filter's name of those that reach farther than the output's.
        var wideName: String? {
            switch self {
            case .standard: nil
            case .displayP3: "smpte432"
            case .bt2020: "2020"
            }
        }
    }

    let transfer: Transfer
    let primaries: Primaries
    let isFullRange: Bool
    /// The `scale` filter's name of the matrix.
    let matrix: String

    init(_ frame: borrowing Frame) {
        let picture = frame.pointer.pointee
        switch picture.color_trc {
        case AVCOL_TRC_SMPTE2084: transfer = .perceptualQuantizer
        case AVCOL_TRC_ARIB_STD_B67: transfer = .hybridLogGamma
        default: transfer = .standard
        }
        switch picture.color_primaries {
        case AVCOL_PRI_BT2020: primaries = .bt2020
        case AVCOL_PRI_SMPTE432: primaries = .displayP3
        default: primaries = transfer == .standard ? .standard : .bt2020
        }
        isFullRange = picture.color_range == AVCOL_RANGE_JPEG || Self.fullRangeFormats.contains(picture.format)
        matrix = Self.matrixName(picture.colorspace, height: frame.height)
    }

    var isHighDynamicRange: Bool { transfer != .standard }

    /// BT.709 of limited range, what every output has.
    var isStandard: Bool { transfer == .standard && primaries == .standard && !isFullRange && matrix == "bt709" }

    /// The old formats that say in their name that they use the full range.
    private static let fullRangeFormats = Set(
        [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUVJ411P].map(\.rawValue))

    private static func matrixName(_ space: AVColorSpace, height: Int) -> String {
        switch space {
        case AVCOL_SPC_BT709: "bt709"
        case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: "bt601"
        case AVCOL_SPC_FCC: "fcc"
        case AVCOL_SPC_SMPTE240M: "smpte240m"
        case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: "bt2020"
        default: height < 720 ? "bt601" : "bt709"
        }
    }
}
