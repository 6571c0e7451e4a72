throw new Error("no credentials for the store");
