console.log("native: nothing yet");
