/// The version of this package.
///
/// `digest-ctl --version` prints it; README.md, the package's documentation and the changelog name the
/// same one, which a test compares. A hub can print it beside its own version.
public enum RunDigestVersion {
  /// The version, by the rules of Semantic Versioning.
  public static let current = "0.1.0"
}
