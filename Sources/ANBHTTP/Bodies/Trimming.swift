extension Substring {
    func trimming(while drop: (Character) -> Bool) -> Substring {
        var rest = self.drop(while: drop)
        while let last = rest.last, drop(last) { rest.removeLast() }
        return rest
    }
}
