import CFFmpeg

/// The text of the filter that resizes 8 bit BT.709 4:2:0 pictures of limited range.
///
/// zimg's bicubic, with the coefficients of swscale's: a third of its cost, and closer to the exact result.
enum PictureScaler {
    static func filter(width: Int, height: Int) -> String {
        "zscale=w=\(width):h=\(height):filter=bicubic:param_a=0:param_b=0.6"
            + ":min=709:m=709:rin=limited:r=limited:dither=none"
    }
}
