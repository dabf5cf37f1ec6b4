#include "drivers/terminal/process/remote_reader.hpp"

#include <utility>

namespace posbench::terminal::process {

using card::ReaderResult;
using runtime::Task;

Task<ReaderResult<Bytes>> RemoteReader::power_up() {
    const std::uint64_t id = ++last_id_;
    ask(CardPowerUp{id});
    return answer_to(id);
}

Task<ReaderResult<Bytes>> RemoteReader::warm_reset() {
    const std::uint64_t id = ++last_id_;
    ask(CardWarmReset{id});
    return answer_to(id);
}

Task<ReaderResult<Bytes>> RemoteReader::activate() {
    const std::uint64_t id = ++last_id_;
    ask(CardActivate{id});
    return answer_to(id);
}

void RemoteReader::power_down() noexcept {
    try {
        send_(CardPowerDown{});
    } catch (...) {
        unsent_ = std::current_exception();
    }
}

Task<ReaderResult<Bytes>> RemoteReader::transmit(ByteView command) {
    const std::uint64_t id = ++last_id_;
    ask(CardTransmit{id, Bytes(command.begin(), command.end())});
    return answer_to(id);
}

std::optional<card::Swipe> RemoteReader::take_swipe() {
    return std::exchange(swipe_, std::nullopt);
}

void RemoteReader::take(CardState state) {
    present_ = state.present;
    in_field_ = state.in_field;
    if (state.swipe) swipe_ = std::move(state.swipe);
    changed_.notify_all();
}

void RemoteReader::take(CardAnswer answer) {
    answer_ = std::move(answer);
    answered_.notify_all();
}

void RemoteReader::ask(const ToBench& message) {
    if (unsent_) std::rethrow_exception(std::exchange(unsent_, nullptr));
    send_(message);
}

Task<ReaderResult<Bytes>> RemoteReader::answer_to(std::uint64_t id) {
    while (!answer_ || answer_->id != id) co_await answered_.wait(clock_);
    co_return std::exchange(answer_, std::nullopt)->outcome;
}

}  // namespace posbench::terminal::process
