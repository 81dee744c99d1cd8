public import ArgumentParser
public import Events

extension Verdict: ExpressibleByArgument {}
