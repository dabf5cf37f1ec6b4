#include "drivers/card/emulated/directory.hpp"

#include <string_view>

#include "drivers/protocols/emv/directory.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {
namespace {

/// File control information of a directory (EMV book 1 table 11.3, book B table 3-2).
Bytes directory_fci(std::string_view name, ByteView proprietary) {
    Bytes content;
    emv::append_tlv(content, 0x84, as_bytes(name));
    emv::append_tlv(content, 0xA5, proprietary);
    Bytes fci;
    emv::append_tlv(fci, 0x6F, content);
    return fci;
}

}  // namespace

Bytes contact_directory_answer() {
    Bytes proprietary;
    emv::append_tlv(proprietary, 0x88, Bytes{directory_sfi});
    return directory_fci(emv::contact_directory, proprietary);
}

Bytes contactless_directory_answer(const std::vector<Application>& applications) {
    Bytes entries;
    for (const Application& application : applications)
        entries.insert(entries.end(), application.directory_entry.begin(), application.directory_entry.end());
    Bytes proprietary;
    emv::append_tlv(proprietary, 0xBF0C, entries);
    return directory_fci(emv::contactless_directory, proprietary);
}

}  // namespace posbench::card
