#include "drivers/terminal/emulated/device_reader.hpp"

#include <utility>

namespace posbench::terminal {

using card::ReaderError;
using card::ReaderResult;
using runtime::Task;

Task<ReaderResult<Bytes>> DeviceReader::power_up() {
    in_field_ = false;
    if (!chip_works()) co_return ReaderError::mute;
    co_return co_await reader_.power_up();
}

Task<ReaderResult<Bytes>> DeviceReader::warm_reset() {
    in_field_ = false;
    if (!chip_works()) co_return ReaderError::mute;
    co_return co_await reader_.warm_reset();
}

Task<ReaderResult<Bytes>> DeviceReader::activate() {
    in_field_ = true;
    if (!field_works()) co_return ReaderError::removed;
    co_return co_await reader_.activate();
}

Task<ReaderResult<Bytes>> DeviceReader::transmit(ByteView command) {
    if (!(in_field_ ? field_works() : chip_works())) co_return ReaderError::mute;
    co_return co_await reader_.transmit(command);
}

std::optional<card::Swipe> DeviceReader::take_swipe() {
    auto swipe = reader_.take_swipe();
    if (device_.condition().stripe_reader_dead) swipe.reset();
    if (!swipe || !defects_.has(Defect::mixes_swipes)) return swipe;
    if (swipe->track2.empty())
        swipe->track2 = kept_;
    else
        kept_ = swipe->track2;
    return swipe;
}

}  // namespace posbench::terminal
