#include "drivers/card/log/card_sessions.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/runtime/plural.hpp"
#include "bench/trace/mask.hpp"
#include "drivers/card/log/account_numbers.hpp"
#include "drivers/card/log/personal.hpp"
#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/directory.hpp"

namespace posbench::card {
namespace {

/// What tells one card from another.
struct Evidence {
    struct Account {
        Bytes aid;
        std::string pan;  ///< '*' for masked digits
    };
    Bytes atr;
    std::vector<Bytes> aids;    ///< of applications that answered
    std::vector<Bytes> listed;  ///< in the directory
    std::vector<Account> accounts;
};

/// Masked digits may be any; too few that are there say nothing.
bool agree(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](char a, char b) { return a == b || a == '*' || b == '*'; });
}

bool tells(std::string_view pan) {
    constexpr std::ptrdiff_t enough = 10;
    const auto masked = std::ranges::count(pan, '*');
    return masked == 0 || std::ssize(pan) - masked >= enough;
}

Evidence evidence_of(const LoggedCard& card) {
    Evidence evidence;
    evidence.atr = card.atr;
    for (const LoggedApplication& application : card.applications) {
        evidence.aids.push_back(application.aid);
        for (std::string& pan : pans_of(application))
            if (tells(pan)) evidence.accounts.push_back({application.aid, std::move(pan)});
    }
    evidence.listed = card.listed;
    return evidence;
}

void add_new(std::vector<Bytes>& known, const std::vector<Bytes>& more) {
    for (const Bytes& one : more)
        if (std::ranges::find(known, one) == known.end()) known.push_back(one);
}

/// `known` learns what `visit` tells, as far as there is room: its account numbers are compared with all
/// others.
void learn(Evidence& known, const Evidence& visit) {
    if (known.atr.empty()) known.atr = visit.atr;
    add_new(known.aids, visit.aids);
    add_new(known.listed, visit.listed);
    for (const Evidence::Account& account : visit.accounts) {
        const bool there = std::ranges::any_of(known.accounts, [&](const Evidence::Account& other) {
            return other.aid == account.aid && other.pan == account.pan;
        });
        if (!there && known.accounts.size() < Personal::most) known.accounts.push_back(account);
    }
}

bool share_account(const Evidence& left, const Evidence& right) {
    return std::ranges::any_of(left.accounts, [&](const Evidence::Account& mine) {
        return std::ranges::any_of(
            right.accounts, [&](const Evidence::Account& other) { return agree(mine.pan, other.pan); });
    });
}

bool share_application(const Evidence& left, const Evidence& right) {
    return std::ranges::any_of(left.accounts, [&](const Evidence::Account& mine) {
        return std::ranges::find(right.accounts, mine.aid, &Evidence::Account::aid) != right.accounts.end();
    });
}

bool lists(const Evidence& left, const Evidence& right) {
    return std::ranges::all_of(right.aids, [&](const Bytes& aid) {
        return std::ranges::find(left.listed, aid) != left.listed.end();
    });
}

/// Whether `visit`, in which no account of `card` was seen, may be of that card.
bool may_be(const Evidence& card, const Evidence& visit, bool after_reset) {
    if (share_application(card, visit)) return false;
    if (!card.atr.empty() && !visit.atr.empty() && card.atr != visit.atr) return false;
    if (!after_reset || card.accounts.empty() || visit.accounts.empty()) return true;
    return lists(card, visit) || lists(visit, card);
}

/// The name of an application or a directory that a command selects with success; else empty.
ByteView selected_name(const LoggedExchange& exchange) {
    constexpr std::uint8_t by_name = 0x04;
    const auto command = emv::parse_command(exchange.command);
    if (!command || command->ins != static_cast<std::uint8_t>(emv::Instruction::select) ||
        command->p1 != by_name || (exchange.sw != emv::sw::ok && exchange.sw != emv::sw::application_blocked))
        return {};
    return command->data;
}

/// Two cards that lay in a reader one after the other look like one with two accounts, when no reset is told.
std::string doubt_of(const LoggedCard& card) {
    const LoggedApplication* first = nullptr;
    for (const LoggedApplication& application : card.applications) {
        const std::vector<std::string> pans = pans_of(application);
        if (pans.empty()) continue;
        if (!first) {
            first = &application;
            continue;
        }
        const auto listed = [&card](const Bytes& aid) {
            return std::ranges::find(card.listed, aid) != card.listed.end();
        };
        const std::vector<std::string> known = pans_of(*first);
        const bool shared = std::ranges::any_of(known, [&](const std::string& one) {
            return std::ranges::any_of(pans, [&](const std::string& other) { return agree(one, other); });
        });
        if (!shared && !(listed(first->aid) && listed(application.aid)))
            return fmt::format(
                "{} and {} have different account numbers: if these are two cards, cut the log between them",
                to_hex(first->aid), to_hex(application.aid));
    }
    return {};
}

class Sorter {
  public:
    explicit Sorter(const ApduLog& log) : log_(log) {}

    /// False when there are too many cards.
    bool sort() {
        std::vector<Bytes> selected;
        ApduLog visit;
        for (const LoggedExchange& exchange : log_.exchanges) {
            const ByteView name = selected_name(exchange);
            const bool again = !name.empty() && (as_text(name) == emv::contact_directory ||
                                                 as_text(name) == emv::contactless_directory ||
                                                 std::ranges::any_of(selected, [&](const Bytes& known) {
                                                     return std::ranges::equal(known, name);
                                                 }));
            const bool reset = !visit.exchanges.empty() && visit.exchanges.back().resets != exchange.resets;
            if ((again || reset) && !visit.exchanges.empty()) {
                if (!give(std::exchange(visit, {}))) return false;
                selected.clear();
            }
            if (!name.empty()) selected.emplace_back(name.begin(), name.end());
            visit.exchanges.push_back(exchange);
        }
        return visit.exchanges.empty() || give(std::move(visit));
    }

    std::vector<CardInLog> cards() && {
        std::vector<CardInLog> out;
        // Some programs tell the answer to reset afterwards.
        if (cards_.size() == 1 && cards_.front().evidence.atr.empty())
            cards_.front().log.resets = log_.resets;
        for (Sorted& sorted : cards_) {
            CardInLog card;
            card.card = read_logged_card(sorted.log);
            card.line = sorted.line;
            card.description = describe(sorted, card.card);
            card.notes = std::move(sorted.notes);
            if (std::string doubt = doubt_of(card.card); !doubt.empty())
                card.notes.push_back(std::move(doubt));
            card.log = std::move(sorted.log);
            out.push_back(std::move(card));
        }
        return out;
    }

  private:
    struct Sorted {
        ApduLog log;
        Evidence evidence;
        std::size_t resets = 0;  ///< before its last exchange
        int line = 0;
        std::vector<std::string> notes;
    };

    const LoggedReset* reset_before(const ApduLog& visit) const {
        const std::size_t resets = visit.exchanges.front().resets;
        return resets == 0 ? nullptr : &log_.resets[resets - 1];
    }

    bool give(ApduLog visit) {
        const LoggedReset* reset = reset_before(visit);
        if (reset) visit.resets.push_back(*reset);
        const Evidence evidence = evidence_of(read_logged_card(visit));
        const std::size_t resets = visit.exchanges.front().resets;
        Sorted* card = find(evidence, resets);
        if (!card) {
            if (cards_.size() == most_cards) return false;
            card = &cards_.emplace_back();
            card->line = visit.exchanges.front().line;
            if (reset && resets != last_resets()) card->line = reset->line;
        } else if (!evidence.atr.empty() && !card->evidence.atr.empty() &&
                   evidence.atr != card->evidence.atr && resets != card->resets) {
            card->notes.push_back(fmt::format("another answer to reset in line {}, left out", reset->line));
        }
        learn(card->evidence, evidence);
        card->resets = resets;
        if (reset && (card->log.resets.empty() || card->log.resets.back().line != reset->line))
            card->log.resets.push_back(*reset);
        auto& exchanges = card->log.exchanges;
        exchanges.insert(exchanges.end(), visit.exchanges.begin(), visit.exchanges.end());
        current_ = static_cast<std::size_t>(card - cards_.data());
        return true;
    }

    std::size_t last_resets() const { return cards_.size() < 2 ? 0 : cards_[current_].resets; }

    Sorted* find(const Evidence& visit, std::size_t resets) {
        if (cards_.empty()) return nullptr;
        for (Sorted& card : cards_)
            if (share_account(card.evidence, visit)) return &card;
        Sorted& before = cards_[current_];
        if (may_be(before.evidence, visit, resets != before.resets)) return &before;
        for (Sorted& card : cards_)
            if (!visit.atr.empty() && card.evidence.atr == visit.atr && may_be(card.evidence, visit, true))
                return &card;
        return nullptr;
    }

    static std::string describe(const Sorted& sorted, const LoggedCard& card) {
        std::vector<std::string> parts{fmt::format("line {}", sorted.line)};
        if (!card.atr.empty()) parts.push_back("ATR " + to_hex(card.atr));
        for (const LoggedApplication& application : card.applications) {
            std::vector<std::string> pans = pans_of(application);
            constexpr std::size_t most = 3;
            if (pans.size() > most) pans.resize(most);
            for (std::string& pan : pans) pan = trace::mask_pan(pan);
            const std::string with = pans.empty() ? "" : fmt::format(" with PAN {}", fmt::join(pans, ", "));
            parts.push_back(to_hex(application.aid) + with);
        }
        if (card.applications.empty()) parts.emplace_back("no application selected");
        parts.push_back(runtime::counted(sorted.log.answered(), "command"));
        return fmt::format("{}", fmt::join(parts, ", "));
    }

    const ApduLog& log_;
    std::vector<Sorted> cards_;
    std::size_t current_ = 0;  ///< card of the last exchange
};

}  // namespace

Result<std::vector<CardInLog>> cards_in(const ApduLog& log, std::string_view name) {
    Sorter sorter(log);
    if (!sorter.sort()) return Error{fmt::format("{}: more than {} cards in it", name, most_cards)};
    return std::move(sorter).cards();
}

}  // namespace posbench::card
