#include "drivers/card/emulated/apdu_event.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "drivers/card/command_words.hpp"
#include "drivers/protocols/emv/bits.hpp"
#include "drivers/protocols/emv/mask.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {
namespace {

constexpr emv::Tag tvr_tag = 0x95;
constexpr std::size_t tvr_size = 5;

std::string byte_count(ByteView data) {
    return fmt::format("<{} bytes>", data.size());
}

std::string stars(std::size_t octets) {
    return std::string(octets, '*');
}

/// The list that the data of GENERATE AC, RECOVER AC or INTERNAL AUTHENTICATE follow now; null when the state
/// has none or the sizes differ.
const std::vector<emv::DolEntry>* current_dol(const Chip& chip, emv::Instruction instruction, ByteView data) {
    const Application* application = chip.application();
    if (!application) return nullptr;
    const std::vector<emv::DolEntry>* dol = nullptr;
    if (instruction == emv::Instruction::internal_authenticate)
        dol = &application->ddol;
    else if (instruction == emv::Instruction::recover_ac)
        dol = application->contactless ? &application->contactless->drdol : nullptr;
    else if (chip.state() == Chip::State::initiated)
        dol = &application->cdol1;
    else if (chip.state() == Chip::State::online)
        dol = &application->cdol2;
    return dol && emv::dol_size(*dol) == data.size() ? dol : nullptr;
}

/// The command template with its values as the PDOL names them; their number when they are not the list's.
std::string describe_options(const Chip& chip, ByteView data) {
    constexpr std::uint8_t command_template = 0x83, longest_short_length = 0x7F;
    const Application* application = chip.application();
    if (!application || data.size() < 2 || data[0] != command_template || data[1] > longest_short_length)
        return byte_count(data);
    const ByteView values = data.subspan(2);
    if (values.size() != data[1] || values.size() != emv::dol_size(application->pdol))
        return byte_count(data);
    return to_hex(data.first(2)) + emv::mask_dol_data(application->pdol, values);
}

std::string describe_data(const emv::CommandApdu& command, const Chip& chip) {
    const ByteView data = command.data;
    switch (static_cast<emv::Instruction>(command.ins)) {
        case emv::Instruction::verify:
            return stars(data.size());
        case emv::Instruction::select:
            return data.size() <= 16 ? to_hex(emv::without_pan(data)) : byte_count(data);
        case emv::Instruction::external_authenticate:
            return chip.state() == Chip::State::online && data.size() >= 8 && data.size() <= 16
                       ? to_hex(data)
                       : byte_count(data);
        case emv::Instruction::get_processing_options:
            return describe_options(chip, data);
        case emv::Instruction::generate_ac:
        case emv::Instruction::recover_ac:
        case emv::Instruction::internal_authenticate: {
            const auto* dol = current_dol(chip, static_cast<emv::Instruction>(command.ins), data);
            return dol ? emv::mask_dol_data(*dol, data) : byte_count(data);
        }
        default:
            return byte_count(data);
    }
}

std::string_view name(CryptogramType type) noexcept {
    switch (type) {
        case CryptogramType::aac:
            return "AAC";
        case CryptogramType::tc:
            return "TC";
        case CryptogramType::arqc:
            return "ARQC";
    }
    return "";
}

}  // namespace

ApduEvent::ApduEvent(ByteView octets, const Chip& chip) {
    fields_.reserve(9);
    fields_.emplace_back("command", command_name(octets));
    std::string header = shown_header(octets);
    // Where a PIN may stand in the header it may stand behind it too.
    const auto command = header.find('*') == std::string::npos ? emv::parse_command(octets) : std::nullopt;
    fields_.emplace_back("header", std::move(header));
    if (!command) {
        if (octets.size() > 4) fields_.emplace_back("data", byte_count(octets.subspan(4)));
        return;
    }
    if (command->data.empty()) return;
    fields_.emplace_back("data", chip.without_pans(describe_data(*command, chip)));
    if (static_cast<emv::Instruction>(command->ins) != emv::Instruction::generate_ac) return;
    const auto* dol = current_dol(chip, emv::Instruction::generate_ac, command->data);
    if (!dol) return;
    emv::TlvMap given;
    emv::read_dol(*dol, command->data, given);
    // A list that asks for another length gives something else under that tag.
    if (given.get(tvr_tag).size() == tvr_size)
        fields_.emplace_back("tvr", emv::bit_names(given.get(tvr_tag), emv::tvr_bits()));
}

trace::Fields ApduEvent::answered(ByteView answer, bool readable,
                                  const std::optional<Answer::Cryptogram>& cryptogram, const Chip& chip) && {
    constexpr std::size_t status = 2;
    const bool challenge = fields_.front().value == trace::FieldValue(std::string("GET CHALLENGE"));
    const ByteView data = answer.first(answer.size() < status ? answer.size() : answer.size() - status);
    if (!data.empty() && !readable) {
        fields_.emplace_back("response", byte_count(data));
    } else if (!data.empty()) {
        fields_.emplace_back("response", challenge ? to_hex(data) : chip.without_pans(emv::mask_tlv(data)));
    }
    if (answer.size() >= status) fields_.emplace_back("sw", to_hex(answer.last(status)));
    if (const Application* application = chip.application())
        fields_.emplace_back("aid", to_hex(application->aid));
    if (cryptogram) {
        fields_.emplace_back("cryptogram", name(cryptogram->type));
        fields_.emplace_back("atc", cryptogram->atc);
    }
    return std::move(fields_);
}

trace::Fields ApduEvent::unanswered() && {
    return std::move(fields_);
}

}  // namespace posbench::card
