/// The growth curves as an SVG picture: two panels with both scales logarithmic, a line for each cost.
struct CurvesChart {
  typealias Points = [(size: Int, costs: CurvesBench.Costs)]

  let byLength: Points
  let byNumber: Points

  private static var series:
    [(name: String, color: String, cost: KeyPath<CurvesBench.Costs, Double>)]
  {
    [
      ("seal", "#b4462f", \.seal), ("append", "#2f6fb4", \.append), ("read", "#2f9e5b", \.read),
      ("fold, per event", "#8a5fb4", \.fold),
    ]
  }

  private static let width = 350.0
  private static let height = 240.0
  /// Tenths of a microsecond to ten milliseconds.
  private static let decades = (low: -1.0, high: 4.0)

  /// The picture.
  var svg: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 340" font-family="sans-serif" \
    font-size="12">
    <rect width="880" height="340" fill="#ffffff"/>
    \(panel(byLength, "events in the run", left: 60))
    \(panel(byNumber, "runs in the store", left: 480))
    </svg>

    """
  }

  private func panel(_ points: Points, _ axis: String, left: Double) -> String {
    let sizes = points.map { Double($0.size) }
    guard let first = sizes.first, let last = sizes.last, last > first else { return "" }
    func x(_ size: Double) -> Double {
      left + Self.width * (size.log10 - first.log10) / (last.log10 - first.log10)
    }
    var lines = [Self.grid(left), Self.text(axis, left + Self.width / 2, 310)]
    for point in points {
      lines.append(Self.text(Self.short(point.size), x(Double(point.size)), 290))
    }
    for (name, color, cost) in Self.series {
      let line = points.map {
        "\(Self.round(x(Double($0.size)))),\(Self.round(Self.y($0.costs[keyPath: cost])))"
      }
      lines.append(
        "<polyline fill=\"none\" stroke=\"\(color)\" stroke-width=\"2\" points=\""
          + line.joined(separator: " ") + "\"/>"
      )
      guard let start = points.first else { continue }
      let place = Self.y(start.costs[keyPath: cost]) - 5
      lines.append(Self.text(name, left + 4, place, color, anchor: "start"))
    }
    return lines.joined(separator: "\n")
  }

  private static func grid(_ left: Double) -> String {
    let labels = ["0.1 us", "1 us", "10 us", "100 us", "1 ms", "10 ms"]
    return labels.enumerated().map { index, label in
      let place = 30 + height * (1 - Double(index) / (decades.high - decades.low))
      return "<line x1=\"\(round(left))\" x2=\"\(round(left + width))\" y1=\"\(round(place))\" "
        + "y2=\"\(round(place))\" stroke=\"#dddddd\"/>"
        + text(label, left - 6, place + 4, anchor: "end")
    }.joined(separator: "\n")
  }

  private static func y(_ micros: Double) -> Double {
    let part = (max(micros, 0.1).log10 - decades.low) / (decades.high - decades.low)
    return 30 + height * (1 - min(1, part))
  }

  private static func text(
    _ text: String,
    _ x: Double,
    _ y: Double,
    _ color: String = "#444444",
    anchor: String = "middle"
  ) -> String {
    "<text x=\"\(round(x))\" y=\"\(round(y))\" fill=\"\(color)\" text-anchor=\"\(anchor)\">"
      + "\(text)</text>"
  }

  private static func short(_ size: Int) -> String {
    size >= 1_000_000 ? "\(size / 1_000_000) M" : size >= 1000 ? "\(size / 1000) k" : "\(size)"
  }

  private static func round(_ value: Double) -> String { Measurement.number(value) }
}

extension Double {
  fileprivate var log10: Double { BenchMath.log10(self) }
}
