#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The words of a trace: every kind of event, its fields and their types. The table in vocabulary.cpp is the
/// contract between drivers (who emit), scenarios and the judge (who ask) and reports (who draw); docs and
/// schema are printed from it. Adding a kind, an optional field or a word keeps the version; changing a
/// meaning raises it.
namespace posbench::trace {

inline constexpr int vocabulary_version = 1;

enum class Role : std::uint8_t { bench, terminal, card, host, network, power };

enum class Kind : std::uint8_t {
    bench_run,
    bench_phase,
    bench_step,
    bench_note,
    bench_end,
    terminal_power,
    terminal_state,
    terminal_display,
    terminal_prompt,
    terminal_key,
    terminal_printed,
    terminal_outcome,
    terminal_journal,
    terminal_connecting,
    terminal_connected,
    terminal_disconnected,
    terminal_request,
    terminal_response,
    terminal_sign_in,
    terminal_stripe,
    terminal_scanned,
    terminal_chip,
    terminal_settlement,
    terminal_fault,
    terminal_condition,
    card_inserted,
    card_tapped,
    card_removed,
    card_swiped,
    card_reset,
    card_apdu,
    card_fault,
    host_port,
    host_connected,
    host_disconnected,
    host_request,
    host_response,
    host_rule,
    host_posted,
    host_settlement,
    host_rejected,
    host_replayed,
    host_order,
    network_applied,
    network_verified,
    network_cut,
    network_restored,
    network_segment,
    power_cut,
    power_restored,
    count_,
};

enum class FieldType : std::uint8_t { boolean, integer, text, list };

struct FieldSpec {
    std::string_view name;
    FieldType type;
    bool required;
    std::string_view meaning;  ///< with unit and source
    /// Text and list fields: all the words there are, or empty when any text may come. The recorder takes no
    /// other word, and a query that compares with another one is refused: it could never match.
    std::span<const std::string_view> words{};
    /// Text fields of digits that are always so many (ISO 8583 gives them a fixed length); 0: any length. A
    /// query that compares with another length is refused.
    std::size_t width = 0;

    /// The list is open, or holds the word.
    bool takes(std::string_view word) const noexcept;
};

/// No kind has more fields than this.
inline constexpr std::size_t most_fields = 64;

struct KindSpec {
    Kind kind;
    Role role;
    std::string_view name;  ///< "host.request"
    std::string_view meaning;
    std::span<const FieldSpec> fields;
};

/// All kinds in the order of the enumeration.
std::span<const KindSpec> vocabulary() noexcept;
const KindSpec& spec(Kind kind) noexcept;
std::optional<Kind> find_kind(std::string_view name) noexcept;
const FieldSpec* find_field(Kind kind, std::string_view name) noexcept;
std::string_view to_string(Role role) noexcept;
std::string_view to_string(FieldType type) noexcept;
/// Names of all kinds, for near-miss messages.
std::vector<std::string> kind_names();
std::vector<std::string> field_names(Kind kind);

}  // namespace posbench::trace
