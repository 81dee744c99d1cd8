package import Glibc

/// A value that one thread at a time may touch, and a condition to wait on.
///
/// A plain pthread mutex rather than `Synchronization.Mutex`: the latter is a bare futex on Linux,
/// which ThreadSanitizer does not know, so that every correct use of it is reported as a race.
// Unchecked: the mutex is what makes it safe to share, and the compiler cannot see that.
package final class Locked<Value>: @unchecked Sendable {
  @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
  @usableFromInline let condition: UnsafeMutablePointer<pthread_cond_t>
  @usableFromInline let storage: UnsafeMutablePointer<Value>

  package init(_ value: consuming sending Value) {
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    storage = .allocate(capacity: 1)
    storage.initialize(to: value)
    pthread_mutex_init(mutex, nil)
    // Waits are measured on the monotonic clock, so that setting the wall clock ends none of them.
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    storage.deinitialize(count: 1)
    storage.deallocate()
    condition.deallocate()
    mutex.deallocate()
  }

  /// Runs `body` alone with the value.
  ///
  /// Keep it short, and take no other lock in it.
  @inlinable
  package func withLock<R, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> R
  ) throws(Failure) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&storage.pointee)
  }

  /// Waits until `body` returns a value, called again after each wake-up; `nil` after the deadline.
  ///
  /// `body` runs under the lock and says what it found, or `nil` to go on waiting; it may set the
  /// deadline, which is in nanoseconds of ``MonotonicTime``; without one the wait is for ever.
  @inlinable
  package func waitFor<R>(
    deadline: UInt64? = nil,
    _ body: (inout Value, inout UInt64?) -> R?
  ) -> R? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var deadline = deadline
    while true {
      if let found = body(&storage.pointee, &deadline) { return found }
      guard let end = deadline else {
        pthread_cond_wait(condition, mutex)
        continue
      }
      var until = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
      if pthread_cond_timedwait(condition, mutex, &until) == ETIMEDOUT {
        return body(&storage.pointee, &deadline)
      }
    }
  }

  /// Wakes one waiter.
  @inlinable
  package func signal() {
    pthread_cond_signal(condition)
  }

  /// Wakes all waiters.
  @inlinable
  package func broadcast() {
    pthread_cond_broadcast(condition)
  }
}
