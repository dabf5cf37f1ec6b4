#include "drivers/terminal/emulated/kernel/candidate.hpp"

#include <algorithm>

namespace posbench::terminal {
namespace {

constexpr std::size_t shortest_aid = 5, longest_aid = 16;
constexpr std::uint8_t priority_mask = 0x0F, to_be_confirmed = 0x80;
constexpr int behind_all = 16;

}  // namespace

bool names(const AcceptedApplication& own, ByteView aid) noexcept {
    const bool begins =
        aid.size() >= own.aid.size() && std::ranges::equal(own.aid, aid.first(own.aid.size()));
    return begins && (own.partial || aid.size() == own.aid.size());
}

std::optional<Candidate> make_candidate(const std::vector<AcceptedApplication>& own, ByteView aid,
                                        ByteView indicator,
                                        const std::function<bool(const AcceptedApplication&)>& fits) {
    if (aid.size() < shortest_aid || aid.size() > longest_aid) return std::nullopt;
    const auto accepted = std::ranges::find_if(own, [&](const AcceptedApplication& application) {
        return names(application, aid) && (!fits || fits(application));
    });
    if (accepted == own.end()) return std::nullopt;
    const std::uint8_t octet = indicator.size() == 1 ? indicator[0] : 0;
    const int priority = octet & priority_mask;
    return Candidate{Bytes(aid.begin(), aid.end()), priority == 0 ? behind_all : priority,
                     (octet & to_be_confirmed) != 0, &*accepted};
}

void sort_by_priority(std::vector<Candidate>& candidates) {
    std::ranges::stable_sort(candidates, {}, &Candidate::rank);
}

}  // namespace posbench::terminal
