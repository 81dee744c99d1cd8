public import ArgumentParser
public import Folding

extension Outcome.Verdict: ExpressibleByArgument {}
