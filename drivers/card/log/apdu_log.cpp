#include "drivers/card/log/apdu_log.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "bench/trace/jsonl.hpp"
#include "drivers/card/command_words.hpp"
#include "drivers/card/log/dump_line.hpp"
#include "drivers/card/log/explained_log.hpp"
#include "drivers/card/log/log_line.hpp"
#include "drivers/card/log/log_text.hpp"
#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::card {
namespace {

using Kind = LogLine::Kind;

constexpr std::size_t longest_line = 16'384;
constexpr std::size_t most_exchanges = 20'000;
constexpr std::size_t most_notes = 200;
constexpr std::size_t longest_command = 4 + 1 + 255 + 1;
constexpr std::size_t longest_answer = 256 + 2;
constexpr std::size_t longest_joined = 4096;  ///< by GET RESPONSE
constexpr std::size_t widest_dump_line = 16;

/// Whether nothing can be missing at the end of an answer: a status word alone, or data objects and one.
bool is_whole(const emv::MaskedOctets& answer) {
    if (!ends_in_status(answer)) return false;
    if (answer.size() == 2) return true;
    const emv::MaskedOctets data = answer.part(0, answer.size() - 2);
    return emv::parse_tlv(data.octets).has_value();
}

class Reader {
  public:
    explicit Reader(std::string_view name) : name_(name) {}

    std::optional<Error> take(std::string_view raw) {
        ++line_;
        if (raw.size() > longest_line)
            return Error{fmt::format("{}:{}: a line of more than {} characters", name_, line_, longest_line)};
        const std::string line = without_escapes(raw);
        if (dump_) {
            if (const DumpLine octets = read_dump_line(line); octets.begun) {
                take_dump_line(octets);
                return std::nullopt;
            }
            end_dump();
        }
        if (take_explained(line)) return std::nullopt;
        if (trimmed(line).starts_with('{') && read_log_line(line).kind != Kind::exchange)
            take_event(trimmed(line));
        else
            take_line(line);
        if (log_.exchanges.size() > most_exchanges)
            return Error{fmt::format("{}:{}: more than {} commands", name_, line_, most_exchanges)};
        return std::nullopt;
    }

    Result<ApduLog> finish() && {
        if (dump_) end_dump();
        end_explained();
        end_answer();
        if (command_) give_up();
        join();
        if (log_.answered() == 0)
            return Error{fmt::format("{}: no command with its answer in {} of a form that is known", name_,
                                     runtime::counted(line_, "line"))};
        return std::move(log_);
    }

  private:
    struct Command {
        int line;
        emv::MaskedOctets octets;
        bool alone;          ///< without a mark: perhaps only the echo of a script's line
        bool named = false;  ///< that it is left out was told with its answer
    };
    enum class Dump { command, answer, data };

    void note(int line, std::string_view what) {
        if (log_.notes.size() == most_notes)
            log_.notes.push_back(fmt::format("{}: and more of the same", name_));
        else if (log_.notes.size() < most_notes)
            log_.notes.push_back(fmt::format("{}:{}: {}", name_, line, what));
    }

    void take_line(std::string_view raw) {
        // Other functions of PC/SC than this one have buffers too, with no commands to the card in them.
        if (const auto name = trimmed(raw); name.starts_with("SCar") && name.find(' ') == name.npos)
            transmits_ = name == "SCardTransmit";
        LogLine line = read_log_line(raw);
        const bool goes_on = line.bare && answer_.has_value();
        if (line.kind == Kind::octets || goes_on) return take_octets(std::move(line));
        // The answer to a command goes on at the most until another thing is said; an empty line may stand
        // before its status word.
        const bool ends = trimmed(raw).empty() ? answer_ && ends_in_status(*answer_)
                                               : line.kind != Kind::noise && line.kind != Kind::answer;
        if (ends) end_answer();
        switch (line.kind) {
            case Kind::reset:
                take_reset(line.octets.masked() ? Bytes() : std::move(line.octets.octets), line.queried);
                if (line.octets.masked()) note(line_, "an answer to reset with masked octets, left out");
                break;
            case Kind::command:
                if (goes_on_with(line.octets))
                    command_->octets.append(line.octets);
                else if (!line.rest)
                    begin_command(std::move(line.octets), false);
                break;
            case Kind::answer:
                take_answer(std::move(line));
                break;
            case Kind::broken_command:
                if (command_) give_up();
                note(line_, "a command that cannot be read, left out");
                lose(line_, {});
                break;
            case Kind::crowded:
                if (command_) give_up();
                note(line_,
                     "more than 16 arrows, and no octets behind the first: it may be a command, left out");
                lose(line_, {});
                break;
            case Kind::broken_answer:
                note(line_, "an answer that cannot be read, left out");
                if (command_) command_->named = true;
                break;
            case Kind::exchange:
                begin_command(std::move(line.octets), false);
                give_answer(line.answer);
                break;
            case Kind::status:
                status_ = std::move(line.octets);
                if (line.closed)
                    give_answer(status_);
                else
                    dump_ = Dump::data;
                break;
            case Kind::opens_command:
                if (transmits_) dump_ = Dump::command;
                break;
            case Kind::opens_answer:
                if (transmits_) dump_ = Dump::answer;
                break;
            case Kind::octets:
            case Kind::noise:
                break;
        }
    }

    /// posbench's own words; false when the line is none of them.
    bool take_explained(std::string_view line) {
        if (auto command = read_explained_command(line)) {
            end_explained();
            end_answer();
            begin_command(*std::move(command), false);
            explained_.emplace();
            return true;
        }
        if (!explained_) return false;
        if (!explained_->status) {
            explained_->status = read_explained_status(line);
            // Until then the command's own data are explained.
            if (explained_->status || line.starts_with("    ")) return true;
            if (line.starts_with("< ") && read_log_line(line).kind == Kind::noise) {  // "no answer"
                explained_.reset();
                if (command_) give_up();
                return true;
            }
        } else if (explained_->answer.take(line)) {
            if (const auto tag = explained_->answer.take_unread())
                note(line_, fmt::format("the value of {} is of no form that is known, the object left out",
                                        emv::tag_to_string(*tag)));
            return true;
        }
        end_explained();
        return false;
    }

    void end_explained() {
        const auto explained = std::exchange(explained_, std::nullopt);
        if (!explained || !explained->status) return;
        auto answer = explained->answer.octets();
        if (!answer) {
            note(command_->line, "an answer of which not all is shown, left out");
            command_->named = true;
            return give_up();
        }
        answer->append(*explained->status);
        give_answer(*answer);
    }

    /// @param queried a program asked for the answer to the last reset once more
    void take_reset(Bytes atr, bool queried = false) {
        if (log_.resets.size() == most_exchanges) return;  // nobody plugs cards so often
        if (!queried) ++lives_;
        const bool other = !atr.empty() && !log_.resets.empty() && log_.resets.back().atr != atr;
        if (other && command_ && !command_->alone) give_up();
        log_.resets.push_back({line_, std::move(atr)});
    }

    /// A marked answer goes on under the same mark, or its status word has a line of its own.
    void take_answer(LogLine line) {
        if (!answer_) {
            if (line.rest) return;
            answer_.emplace();
            answer_line_ = line_;
        } else if (line.octets.size() == 2 && answer_->size() > 2 && ends_in_status(*answer_) &&
                   answer_->part(answer_->size() - 2, 2) == line.octets) {
            return end_answer();  // the status word once more
        } else if (line.octets.size() == 2 && ends_in_status(*answer_) && !emv::parse_tlv(answer_->octets)) {
            // It has a status word, and is no data that only end like one: this is another answer.
            end_answer();
            answer_.emplace();
            answer_line_ = line_;
        }
        answer_->append(line.octets);
        answer_closed_ = line.closed;
        if ((line.closed && ends_in_status(*answer_)) || is_whole(*answer_) ||
            answer_->size() > longest_answer)
            end_answer();
    }

    /// Whether a command that is marked once more lacks these octets.
    bool goes_on_with(const emv::MaskedOctets& more) const {
        if (!command_ || command_->alone || emv::parse_command(command_->octets.octets)) return false;
        const Bytes& octets = command_->octets.octets;
        const std::size_t body = octets.size() <= header_size ? 0 : octets[header_size];
        return octets.size() > header_size && octets.size() + more.size() <= header_size + 1 + body + 1;
    }

    void take_dump_line(const DumpLine& line) {
        const bool shorter = !dumped_.empty() && dumped_width_ < widest_dump_line;
        if ((!line.octets || shorter) && !dump_cut_) {
            dump_cut_ = true;
            note(line_, shorter ? "a dump goes on behind a line that is not full: it is cut, and left out"
                                : "dump not understood (where do its octets end?): it is cut, and left out");
        }
        if (dump_cut_) return;
        dumped_width_ = line.octets->size();
        if (dumped_.size() <= longest_answer) dumped_.append(*line.octets);
    }

    /// Octets without a mark go on with a marked answer or command that is not whole; else they are the other
    /// one of command and answer.
    void take_octets(LogLine line) {
        if (answer_ && answer_closed_) end_answer();
        if (answer_) {
            answer_->append(line.octets);
            if (line.closed || is_whole(*answer_) || answer_->size() > longest_answer) end_answer();
        } else if (!command_) {
            if (is_command(line.octets)) begin_command(std::move(line.octets), true);
        } else if (!command_->alone && !emv::parse_command(command_->octets.octets)) {
            command_->octets.append(line.octets);
        } else if (line.octets == command_->octets || line.octets.size() < 2) {
            return;
        } else if ((command_->alone || command_->named) && !ends_in_status(line.octets) &&
                   is_command(line.octets)) {
            if (command_->alone) note(command_->line, "a command without an answer, left out");
            begin_command(std::move(line.octets), true);
        } else {
            give_answer(line.octets);
        }
    }

    /// Without a mark masked octets are no command by themselves: a row of asterisks is none.
    static bool is_command(const emv::MaskedOctets& octets) {
        return emv::parse_command(octets.octets) && !octets.part(0, header_size).masked();
    }

    void end_dump() {
        const Dump kind = *std::exchange(dump_, std::nullopt);
        emv::MaskedOctets octets = std::exchange(dumped_, {});
        if (std::exchange(dump_cut_, false)) {
            if (command_) {
                command_->named = true;
                give_up();
            }
            if (kind == Dump::command) lose(line_, octets);
            return;
        }
        if (kind == Dump::command) return begin_command(std::move(octets), false);
        if (kind == Dump::data) octets.append(status_);
        give_answer(octets);
    }

    void begin_command(emv::MaskedOctets octets, bool alone) {
        // Some programs tell it twice: as they send it and as the reader gets it.
        if (command_ && command_->octets != octets) give_up();
        command_ = Command{line_, std::move(octets), alone};
    }

    /// The command has no answer.
    void give_up() {
        const Command command = *std::exchange(command_, std::nullopt);
        if (!command.alone && !command.named) note(command.line, "a command without an answer, left out");
        lose(command.line, command.octets);
    }

    /// What became of a command is not known. @param command as far as it can be read
    void lose(int line, const emv::MaskedOctets& command) {
        if (command.size() >= 2 && command.masks[1] == 0x00 && command.octets[1] != select) return;
        LoggedExchange lost;
        lost.line = line;
        lost.resets = log_.resets.size();
        lost.lives = lives_;
        lost.command = {0x00, select, 0x04, 0x00};
        lost.lost = true;
        log_.exchanges.push_back(std::move(lost));
    }

    void end_answer() {
        if (const auto answer = std::exchange(answer_, std::nullopt)) give_answer(*answer, answer_line_);
    }

    void give_answer(const emv::MaskedOctets& answer) { give_answer(answer, line_); }
    void give_answer(const emv::MaskedOctets& answer, int line) {
        if (!command_) {
            const bool again =
                answer == answer_before_ || (answer.size() == 2 && ends_with(answer_before_, answer));
            if (again) return;
            note(line, "an answer without a command, left out");
            constexpr std::uint8_t control_information = 0x6F;  // only SELECT brings it
            if (!answer.empty() && answer.octets[0] == control_information && is_whole(answer))
                lose(line, {});
            return;
        }
        answer_before_ = answer;
        const Command command = *std::exchange(command_, std::nullopt);
        if (const std::string why = refusal(command.octets, answer); !why.empty()) {
            note(command.line, why);
            return lose(command.line, command.octets);
        }
        const std::size_t data = answer.size() - 2;
        const auto sw = from_big_endian(answer.octets[data], answer.octets[data + 1]);
        log_.exchanges.push_back({command.line, log_.resets.size(), lives_, command.octets.octets,
                                  command.octets.masked(), answer.part(0, data), sw});
    }

    /// Why a command and its answer are left out; empty when they are not.
    static std::string refusal(const emv::MaskedOctets& command, const emv::MaskedOctets& answer) {
        if (!emv::parse_command(command.octets) || command.size() > longest_command)
            return "no command of the short form (ISO/IEC 7816-4 clause 5.1), left out";
        if (command.part(0, header_size).masked())
            return "a command with masked CLA, INS, P1 or P2, left out";
        if (answer.size() < 2 || answer.size() > longest_answer)
            return fmt::format("an answer of {}, left out", runtime::counted(answer.size(), "octet"));
        if (!ends_in_status(answer))
            return "an answer that does not end in a status word (61xx to 6Fxx, 90xx to 9Fxx), left out";
        if (answer.part(answer.size() - 2, 2).masked())
            return "an answer with a masked status word, left out";
        return {};
    }

    static bool ends_with(const emv::MaskedOctets& octets, const emv::MaskedOctets& end) {
        return octets.size() >= end.size() && octets.part(octets.size() - end.size(), end.size()) == end;
    }

    /// An event of posbench's own trace. Its writer masks.
    void take_event(std::string_view line) {
        const auto event = trace::parse_json(line, trace::Unknown::withheld);
        if (!event) return note(line_, fmt::format("no event of a trace: {}", event.error().what));
        if (event->kind == trace::Kind::card_reset)
            return take_reset(from_hex(event->text("atr")).value_or(Bytes()));
        if (event->kind != trace::Kind::card_apdu) return;
        auto command = emv::read_masked_hex(event->text("header"));
        if (event->text("sw").empty()) return lose(line_, command.value_or(emv::MaskedOctets()));
        const auto sw = emv::read_masked_hex(event->text("sw"));
        const std::string_view response = event->text("response");
        if (!command || command->size() != header_size || !sw || sw->size() != 2) {
            note(line_, "an event without a whole command and status word, left out");
            return lose(line_, command.value_or(emv::MaskedOctets()));
        }
        // An answer that is no BER-TLV stands there by octets, or only by their number.
        auto answer = emv::read_masked_tlv(response);
        if (!answer) answer = emv::read_masked_hex(response);
        if (!answer) {
            note(line_, fmt::format("{} {}: an answer with masked octets, left out",
                                    command_name(command->octets), to_hex(command->octets)));
            return lose(line_, *command);
        }
        // Masked data of a command are never asked for.
        const auto data = from_hex(event->text("data"));
        if (data && !data->empty() && data->size() <= 255) {
            command->add(static_cast<std::uint8_t>(data->size()));
            for (const std::uint8_t octet : *data) command->add(octet);
        }
        begin_command(*std::move(command), false);
        answer->append(*sw);
        give_answer(*answer);
    }

    void join() {
        std::vector<LoggedExchange> joined;
        bool dropped = false;  // the answer that is fetched
        for (LoggedExchange& next : log_.exchanges) {
            LoggedExchange* last = joined.empty() ? nullptr : &joined.back();
            const bool fetches = next.command[1] == get_response;
            dropped = dropped && fetches;
            if (dropped) continue;
            if (last && (last->lost || last->resets != next.resets)) last = nullptr;
            if (last && last->sw >> 8 == 0x61 && fetches) {
                last->fetched = true;
                if (next.sw >> 8 == 0x6C) continue;  // asked for another number: it comes again
                if (last->data.size() + next.data.size() > longest_joined) {
                    drop_last(joined);
                    dropped = true;
                    continue;
                }
                last->data.append(next.data);
                last->sw = next.sw;
            } else if (last && last->sw >> 8 == 0x6C && same_header(*last, next)) {
                next.line = last->line;
                *last = std::move(next);
            } else if (!fetches) {
                joined.push_back(std::move(next));
            } else {
                note(next.line, "GET RESPONSE after no 61xx, left out");
            }
        }
        log_.exchanges = std::move(joined);
    }

    /// An answer in parts that is too long.
    void drop_last(std::vector<LoggedExchange>& joined) {
        LoggedExchange& last = joined.back();
        note(last.line, fmt::format("an answer of more than {} octets in parts, left out", longest_joined));
        last.data = {};
        last.lost = last.command[1] == select;
        if (!last.lost) joined.pop_back();
    }

    static bool same_header(const LoggedExchange& left, const LoggedExchange& right) {
        return std::equal(left.command.begin(), left.command.begin() + 4, right.command.begin());
    }

    static constexpr auto select = static_cast<std::uint8_t>(emv::Instruction::select);
    static constexpr std::uint8_t get_response = 0xC0;
    static constexpr std::size_t header_size = 4;  // CLA INS P1 P2

    struct Explained {
        std::optional<emv::MaskedOctets> status;
        ExplainedAnswer answer;
    };

    std::string name_;
    ApduLog log_;
    int line_ = 0;
    std::optional<Command> command_;
    std::optional<emv::MaskedOctets> answer_;  ///< marked, and perhaps to be continued
    bool answer_closed_ = false;               ///< something else stood behind its last octets
    int answer_line_ = 0;
    emv::MaskedOctets answer_before_;  ///< the last one that had a command
    std::optional<Explained> explained_;
    std::optional<Dump> dump_;
    emv::MaskedOctets dumped_;
    std::size_t dumped_width_ = 0;  ///< octets in its last line
    bool dump_cut_ = false;         ///< a line of it was not understood
    emv::MaskedOctets status_;
    bool transmits_ = true;
    std::size_t lives_ = 0;  ///< resets that were none of a status query
};

}  // namespace

std::size_t ApduLog::answered() const noexcept {
    return exchanges.size() -
           static_cast<std::size_t>(std::ranges::count(exchanges, true, &LoggedExchange::lost));
}

Result<ApduLog> read_apdu_log(std::string_view text, std::string_view name) {
    if (text.size() > longest_log) return Error{fmt::format("{}: more than {} MiB", name, longest_log >> 20)};
    const std::string converted = utf8_of(text);
    text = converted;
    Reader reader(name);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
        if (auto error = reader.take(text.substr(0, end))) return *std::move(error);
        const bool both = text.substr(end).starts_with("\r\n");
        text.remove_prefix(std::min(end + (both ? 2 : 1), text.size()));
    }
    return std::move(reader).finish();
}

}  // namespace posbench::card
