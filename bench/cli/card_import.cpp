#include <iostream>

#include <fmt/format.h>

#include "bench/cli/commands.hpp"
#include "bench/cli/new_file.hpp"
#include "bench/cli/read_text.hpp"
#include "bench/config/value.hpp"
#include "bench/judge/verdict.hpp"
#include "bench/runtime/plural.hpp"
#include "bench/runtime/utf8.hpp"
#include "drivers/card/image_import.hpp"

namespace posbench::cli {

int card_import(const CardImportArguments& arguments, const Surroundings&) {
    const auto& output = arguments.output;
    if (!output.empty())
        if (const std::string why =
                refuses_new_file(output, arguments.force ? Existing::replaced : Existing::kept_unless);
            !why.empty()) {
            std::cerr << "posbench: " << runtime::printable(why) << '\n';
            return judge::exit_code::usage;
        }
    const std::string name =
        arguments.log == "-" ? "standard input" : std::filesystem::path(arguments.log).filename().string();
    const auto image = card::import_image(read_text(arguments.log, card::longest_log), name, arguments.card);
    if (!image) throw config::ConfigError({}, image.error().what);
    for (const std::string& note : image->notes) std::cerr << runtime::printable(note) << '\n';
    if (output.empty()) {
        std::cout << image->toml;
        return judge::exit_code::passed;
    }
    write_new_file(output, image->toml, arguments.force, Readers::all);
    std::cout << fmt::format("{}: {} of {}\n", runtime::printable(output.string()),
                             runtime::counted(image->applications, "application"),
                             runtime::counted(image->exchanges, "exchange"));
    return judge::exit_code::passed;
}

}  // namespace posbench::cli
