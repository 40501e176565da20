/** Shows nothing that was sent: there is nothing to escape. `problem` is a sentence of ours. */
export function signInPage(problem: string | null): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/shop.css">
</head>
<body>
<main>
<h1>Sign in</h1>
${problem === null ? '' : `<p role="alert">${problem}</p>`}
<form method="post" action="/account/sign-in">
<p><label>E-mail address <input type="email" name="email" autocomplete="username" maxlength="120" required></label></p>
<p><label>Password <input type="password" name="password" autocomplete="current-password" maxlength="128" required></label></p>
<p><button type="submit">Sign in</button></p>
</form>
</main>
</body>
</html>
`;
}
