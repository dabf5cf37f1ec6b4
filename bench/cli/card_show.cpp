#include <iostream>

#include "bench/cli/card_own.hpp"
#include "bench/cli/card_print.hpp"
#include "bench/cli/commands.hpp"
#include "bench/cli/titles.hpp"
#include "bench/judge/verdict.hpp"
#include "drivers/card/image_description.hpp"

namespace posbench::cli {
int card_show(const CardShowArguments& arguments, const Surroundings& here) {
    const auto library = station::find_library();
    const auto settings = load_card_image(arguments.image, library);
    const bool chinese = here.console.language == reports::Language::zh;
    const auto sections =
        card::describe_image(settings, load_card_image(arguments.image, library, station::Keys::by_name),
                             arguments.clear ? emv::Secrets::clear : emv::Secrets::masked,
                             chinese ? card::ImageLanguage::chinese : card::ImageLanguage::english);
    const bool colour = here.console.colour;
    std::cout << in_ink(Ink::heading, title_in(fixture_title(settings), here.console.language), colour)
              << '\n';
    for (const card::ImageSection& section : sections) {
        std::cout << '\n' << in_ink(Ink::heading, chinese ? section.zh : section.en, colour);
        if (!section.name.empty()) std::cout << ' ' << in_ink(Ink::heading, section.name, colour);
        std::cout << '\n';
        print_lines(std::cout, section.lines, 2, colour);
    }
    return judge::exit_code::passed;
}

}  // namespace posbench::cli
