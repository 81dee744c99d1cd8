extension FormatAbout {
  static let events = FormatAbout(
    "RunDigest's own events",
    tells: ["Everything that a digest holds: it is what `export-events` writes."],
    cannotTell: ["Nothing is derived: a fact that its writer left out is not there."]
  )
}
