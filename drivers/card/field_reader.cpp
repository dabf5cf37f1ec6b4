#include "drivers/card/field_reader.hpp"

#include <utility>

#include "drivers/protocols/emv/atr.hpp"

namespace posbench::card {

runtime::Task<ReaderResult<Bytes>> FieldReader::power_up() {
    auto answer = co_await reader_.activate();
    if (!answer) co_return std::move(answer);
    const auto ats = emv::parse_ats(*answer);
    if (ats) co_return emv::pcsc_atr(*ats);
    reader_.power_down();
    co_return ReaderError::mute;
}

}  // namespace posbench::card
