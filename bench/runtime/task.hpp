#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

/// Coroutines of the bench.
///
/// A Task is lazy: it runs when awaited, or when started as a Job (job.hpp). Tasks are awaited by one
/// awaiter, on one thread. A suspended Task is cancelled by destroying it: every frame below it is unwound in
/// order and every pending timer or stream operation is withdrawn. That is what a power cut means for the
/// emulated terminal: it stops between two instructions and no handler of its own runs.
///
/// Three rules keep this sound. Leaf awaitables are resumed by a Clock from its queue and never from inside
/// another coroutine, so a frame is never destroyed while it is on the stack. A child that completes without
/// suspending returns to its parent without a resume, so loops do not grow the stack, optimised or not.
/// Exceptions pass from child to parent as from a called function; a task that nobody awaits leaves them to
/// its clock, which throws them out of Clock::run_until.
namespace posbench::runtime {

/// What tasks threw that nobody awaits, in the order of throwing.
class Failures {
  public:
    void add(std::exception_ptr failure) { waiting_.push_back(std::move(failure)); }
    /// Takes the oldest out; null when there is none.
    std::exception_ptr take() noexcept {
        if (waiting_.empty()) return nullptr;
        std::exception_ptr oldest = std::move(waiting_.front());
        waiting_.erase(waiting_.begin());
        return oldest;
    }

  private:
    std::vector<std::exception_ptr> waiting_;
};

template <class T>
class Task;

namespace detail {

struct PromiseBase {
    std::coroutine_handle<> parent;
    bool parent_suspended = false;
    std::exception_ptr exception;
    Failures* failures = nullptr;  ///< of a job: takes the exception, for there is no parent

    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
        struct Final {
            bool await_ready() noexcept { return false; }
            void await_suspend(std::coroutine_handle<>) noexcept {
                if (resume_parent) parent.resume();
            }
            void await_resume() noexcept {}
            std::coroutine_handle<> parent;
            bool resume_parent;
        };
        return Final{parent, parent_suspended};
    }
    void unhandled_exception() noexcept {
        if (failures) {
            failures->add(std::current_exception());
        } else {
            exception = std::current_exception();
        }
    }
};

template <class T>
struct Promise : PromiseBase {
    std::optional<T> value;
    Task<T> get_return_object() noexcept;
    template <class U>
    void return_value(U&& result) {
        value.emplace(std::forward<U>(result));
    }
    T take() {
        if (exception) std::rethrow_exception(exception);
        return std::move(*value);
    }
};

template <>
struct Promise<void> : PromiseBase {
    Task<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void take() {
        if (exception) std::rethrow_exception(exception);
    }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
  public:
    using promise_type = detail::Promise<T>;

    explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            destroy();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() { destroy(); }

    auto operator co_await() && noexcept {
        struct Awaiter {
            std::coroutine_handle<promise_type> child;
            bool await_ready() noexcept { return false; }
            bool await_suspend(std::coroutine_handle<> parent) {
                child.promise().parent = parent;
                child.resume();
                if (child.done()) return false;
                child.promise().parent_suspended = true;
                return true;
            }
            T await_resume() { return child.promise().take(); }
        };
        return Awaiter{handle_};
    }

  private:
    friend class Job;
    void destroy() noexcept {
        if (handle_) handle_.destroy();
        handle_ = {};
    }
    std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
    return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() noexcept {
    return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

}  // namespace detail

}  // namespace posbench::runtime
