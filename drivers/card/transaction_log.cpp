#include "drivers/card/transaction_log.hpp"

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"

namespace posbench::card {

std::uint8_t log_file(ByteView log_entry) noexcept {
    return log_entry.size() == 2 ? log_entry[0] : 0;
}

emv::Lines describe_log_record(const std::vector<emv::DolEntry>& format, std::string_view no_format,
                               ByteView record, const emv::Reading& reading, int depth) {
    constexpr emv::Tag record_template = 0x70;
    if (!format.empty() && emv::dol_size(format) == record.size())
        return emv::describe_dol_data(format, record, reading, depth);
    if (const auto list = emv::parse_tlv(record);
        list && list->size() == 1 && list->front().tag == record_template)
        return emv::describe_tlv(record, reading, depth);
    const std::string why = format.empty() ? std::string(no_format)
                                           : fmt::format("its format 9F4F lays out {}",
                                                         runtime::counted(emv::dol_size(format), "octet"));
    return {{depth,
             {},
             fmt::format("record of the transaction log: {}", why),
             fmt::format("<{} bytes>", record.size())}};
}

}  // namespace posbench::card
