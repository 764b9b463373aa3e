// Print a compose file as `docker compose --env-file FILE config --format json` does: read, interpolated, merged, checked.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions(os.Args[2:], cli.WithEnvFiles(os.Args[1]), cli.WithDotEnv, cli.WithConsistency(true))
	exit(err)
	project, err := options.LoadProject(context.Background())
	exit(err)
	text, err := project.MarshalJSON()
	exit(err)
	fmt.Println(string(text))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
