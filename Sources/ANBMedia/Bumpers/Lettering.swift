/// Block capitals as strokes on a grid 4 wide and 6 high, in the cut-corner manner of team shirts.
struct Lettering {
    /// One letter at its place, in pixels.
    struct Glyph {
        let box: PixelBox
        fileprivate let strokes: [(ax: Float, ay: Float, bx: Float, by: Float)]
        fileprivate let halfWidth: Float

        /// Where it starts, pixels.
        var left: Int { box.left }

        /// Signed distance to its outline, pixels.
        func distance(_ x: Float, _ y: Float) -> Float {
            var nearest = Float.infinity
            for stroke in strokes {
                nearest = min(nearest, Distance.segment(x, y, stroke.ax, stroke.ay, stroke.bx, stroke.by))
            }
            return nearest - halfWidth
        }
    }

    let glyphs: [Glyph]

    private static let gridHeight: Float = 6
    /// Grid units between two letters, and for a space.
    private static let gap: Float = 1.6
    private static let space: Float = 3.4

    /// - Parameters:
    ///   - text: `A`…`Z` and spaces; others are left out.
    ///   - height: Pixels.
    ///   - centerX: Pixels.
    ///   - top: Pixels.
    ///   - weight: Stroke width over height.
    init(_ text: String, height: Float, centerX: Float, top: Float, weight: Float = 0.2) {
        let unit = height / Self.gridHeight
        let letters = text.filter { $0 == " " || Self.shapes[$0] != nil }
        let total = letters.reduce(-Self.gap) { $0 + Self.advance($1) }
        var pen = centerX - total * unit / 2
        var placed: [Glyph] = []
        for letter in letters {
            if let shape = Self.shapes[letter] {
                placed.append(Self.place(shape, left: pen, top: top, unit: unit, halfWidth: height * weight / 2))
            }
            pen += Self.advance(letter) * unit
        }
        glyphs = placed
    }

    /// Grid units from the start of a letter to the start of the next.
    private static func advance(_ letter: Character) -> Float {
        guard let shape = shapes[letter] else { return space }
        return width(shape) + gap
    }

    private static func width(_ shape: String) -> Float {
        // Every first digit of a pair is an x.
        let columns = shape.split(separator: " ").flatMap { $0.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) }
        return Float(columns.compactMap(\.wholeNumberValue).max() ?? 0)
    }

    private static func place(_ shape: String, left: Float, top: Float, unit: Float, halfWidth: Float) -> Glyph {
        var strokes: [(ax: Float, ay: Float, bx: Float, by: Float)] = []
        for line in shape.split(separator: " ") {
            let numbers = line.compactMap(\.wholeNumberValue).map(Float.init)
            let points = stride(from: 0, to: numbers.count - 1, by: 2).map {
                (x: left + numbers[$0] * unit, y: top + numbers[$0 + 1] * unit)
            }
            for (from, to) in zip(points, points.dropFirst()) { strokes.append((from.x, from.y, to.x, to.y)) }
        }
        let reach = Int(halfWidth) + 2
        let box = PixelBox(
            left: Int(left) - reach, top: Int(top) - reach, right: Int(left + width(shape) * unit) + reach,
            bottom: Int(top + gridHeight * unit) + reach)
        return Glyph(box: box, strokes: strokes, halfWidth: halfWidth)
    }

    /// Lines as pairs of digits x y, from point to point; a blank lifts the pen.
    private static let shapes: [Character: String] = [
        "A": "060110304146 0343", "B": "0006 003041423303 3344453606", "C": "4130100105163645", "D": "00063645413000",
        "E": "40000646 0333", "F": "400006 0333", "G": "41301001051636454323", "H": "0006 4046 0343", "I": "0006",
        "J": "404536160504", "K": "0006 4003 0346", "L": "000646", "M": "0600234046", "N": "06004640",
        "O": "100105163645413010", "P": "06003041423303", "Q": "100105163645413010 2446",
        "R": "06003041423303 2346", "S": "413010010213334445361605", "T": "0040 2026", "U": "000516364540",
        "V": "002640", "W": "0016233640", "X": "0046 4006", "Y": "002340 2326", "Z": "00400646",
    ]
}
