-- AlterTable
ALTER TABLE "ApiToken" ADD COLUMN "ownerId" TEXT;

-- Tokens that are there already belong to the user who made them, where that can be told.
UPDATE "ApiToken" SET "ownerId" = (SELECT "id" FROM "User" WHERE "User"."username" = "ApiToken"."createdBy");
