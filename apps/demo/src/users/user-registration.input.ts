import { IsEmail, IsString, Matches } from 'class-validator';

/** What the workflow is started with and the engine keeps: the hash, never the password. */
export class UserRegistrationInput {
  @IsEmail()
  email!: string;

  @IsString()
  firstName!: string;

  @IsString()
  lastName!: string;

  @Matches(/^scrypt\$[\w-]+\$[\w-]+$/)
  passwordHash!: string;
}
