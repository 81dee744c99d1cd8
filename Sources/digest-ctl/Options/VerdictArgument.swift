public import ArgumentParser
public import Folding

extension Verdict: ExpressibleByArgument {}
